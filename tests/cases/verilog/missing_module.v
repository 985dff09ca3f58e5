// expectation: refusal: an instance of no module
// says: missing_module.v:4: there is no module gate, of which u is an instance
module missing_module(input a, output y);
  gate u(a, y);
endmodule
