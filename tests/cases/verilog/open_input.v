// expectation: warning: an input of an instance is left out
// says: open_input.v:5: nothing is bound to the input b of u, an instance of gate
module gate(input a, b, output y); assign y = a ^ b; endmodule
module open_input(input a, output y);
  gate u(.a(a), .y(y));
endmodule
