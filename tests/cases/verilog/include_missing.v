// expectation: refusal: an include that is not there
// says: include_missing.v:7: the include nowhere.vh is not there
`include "widths.vh"
`ifdef NEVER
`include "never.vh"
`endif
`include "nowhere.vh"
module include_missing(input a, output y); assign y = a; endmodule
