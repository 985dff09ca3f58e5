// expectation: right: a bit of a bus depends on the one below
module no_loop_in_bus(input [7:0] a, output [7:0] y);
  wire [7:0] w;
  assign w[0] = a[0], w[7:1] = w[6:0] ^ a[7:1], y = w;
endmodule
