// expectation: right: nested conditions of the preprocessor; SYNTHESIS is defined
// given: -D B=1
module ifdef_nested(input logic a, b, output logic y);
`ifdef A
  assign y = a;
`elsif B
  `ifndef SYNTHESIS
    initial $fatal(1, "no hardware");
  `else
    assign y = a & b;
  `endif
`else
  assign y = b;
`endif
`undef B
`ifdef B
  assign y = 1'b0;
`endif
endmodule
