// expectation: warning: an input of an instance is bound to nothing
// says: open_input_named.v:5: nothing is bound to the input b of u
module gate(input a, b, output y); assign y = a ^ b; endmodule
module open_input_named(input a, output y);
  gate u(.a(a), .b(), .y(y));
endmodule
