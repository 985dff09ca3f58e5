// expectation: right: a mark of the encoding
module mark(input logic a, output logic y); assign y = ~a; endmodule
