// expectation: refusal: a port that the module does not have
// says: missing_port.v:5: u binds a port b, which its module gate does not have
module gate(input a, output y); assign y = ~a; endmodule
module missing_port(input a, output y);
  gate u(.a(a), .b(a), .y(y));
endmodule
