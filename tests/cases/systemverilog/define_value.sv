// expectation: right: macros from the command line
// given: -D WIDTH=5 -D INVERT -D "KEY=5'h1_5"
module define_value(input logic [`WIDTH-1:0] a, output logic [`WIDTH-1:0] y);
`ifdef INVERT
  assign y = ~a ^ `KEY;
`else
  assign y = a;
`endif
endmodule
