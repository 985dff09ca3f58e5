// expectation: right: line ends of another system
`define TWICE(x) \
  ((x) + (x))
module line_ends(input logic [3:0] a, output logic [3:0] y);
  assign y = `TWICE(a);
endmodule
