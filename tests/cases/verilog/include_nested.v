// expectation: right: includes below, and beside those that include them
`include "parts/outer.vh"
module include_nested(input [`OUTER-1:0] a, output [`INNER-1:0] y);
  assign y = ~a[`INNER-1:0];
endmodule
