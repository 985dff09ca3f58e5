// expectation: right: line ends of another system
`define NOT(x) \
  (~x)
module crlf(input a,
  output y);
  assign y = `NOT(a);
endmodule
