// expectation: refusal: a loop of logic through an instance
// says: a loop of logic
module inverter(input a, output y); assign y = ~a; endmodule
module loop_through_modules(input a, output y);
  wire w;
  inverter u(w & a, w);
  assign y = w;
endmodule
