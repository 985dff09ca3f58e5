// expectation: refusal: a parameter that the module does not have
// says: missing_parameter.v:3: an instance of this module sets a parameter W, which it does not have
module gate(input a, output y); assign y = ~a; endmodule
module missing_parameter(input a, output y);
  gate #(.W(3)) u(a, y);
endmodule
