// expectation: right: macros with arguments, defaults, joined names and texts
`define MAX(a, b) ((a) > (b) ? (a) : (b))
`define ADD(a, b = 4'd3) ((a) + (b))
`define WIRE(name, width) logic [width-1:0] name``_w
`define LONG(x) \
  (x) ^ \
  4'b0101
module macro_arguments(input logic [3:0] a, b, output logic [3:0] y, z);
  `WIRE(sum, 4);
  assign sum_w = `ADD(a);
  assign y = `MAX(sum_w, b);
  assign z = `LONG(`ADD(a, b));
endmodule
