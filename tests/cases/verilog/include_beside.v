// expectation: right: widths.vh beside the source
// after: YosysHQ/yosys PR#9
`include "widths.vh"
module include_beside(input [`W-1:0] a, b, output [`W-1:0] y);
  assign y = a & b;
endmodule
