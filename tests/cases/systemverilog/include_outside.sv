// expectation: refusal: an include outside of the folders
// says: include_outside.sv:3: the include ../verilog/widths.vh is outside of
`include "../verilog/widths.vh"
module include_outside(input logic a, output logic y); assign y = ~a; endmodule
