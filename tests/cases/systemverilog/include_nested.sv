// expectation: right: an include in a folder of includes, which includes beside itself and further down
// given: -I inc
`include "outer.svh"
module include_nested(input logic [`OUTER-1:0] a, output logic [`OUTER-1:0] y);
  assign y = a * deepest::FACTOR;
endmodule
