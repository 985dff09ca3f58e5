// expectation: refusal: a loop of logic
// says: loop.v:4: a loop of logic
module loop(input a, output y);
  wire b = ~(b & a);
  assign y = b;
endmodule
