// expectation: right: an include that a macro names
// given: -I inc
`define HEADER "deep/inner.svh"
`include `HEADER
module include_by_macro(input logic [`INNER-1:0] a, output logic [`INNER-1:0] y); assign y = ~a; endmodule
