// expectation: right: two modules, one's name is a pattern that matches the other
// after: YosysHQ/yosys#5414
module \a*b (input clk, input [11:0] p, output reg [11:0] q);
  always @(posedge clk) q <= p + 12'd77;
endmodule
module axxb(input clk, input [11:0] p, output reg [11:0] q);
  always @(posedge clk) q <= p ^ 12'd78;
endmodule
module star_names(input clk, input [11:0] p, output [11:0] q);
  wire [11:0] a, b, c, d, e;
  \a*b u0(clk, p, a); \a*b u1(clk, a, b); \a*b u2(clk, b, c);
  axxb v0(clk, c, d); axxb v1(clk, d, e); axxb v2(clk, e, q);
endmodule
