// expectation: right: a file that allows no implicit nets, before one that has one
// given: inc/implicit.v
`default_nettype none
module default_nettype(input wire logic a, output wire logic y);
  implicit u (.a(a), .y(y));
endmodule
