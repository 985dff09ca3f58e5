// expectation: refusal: a semicolon is missing
// says: syntax_error.sv:
module syntax_error(input logic a, output logic y)
  assign y = ~a;
endmodule
