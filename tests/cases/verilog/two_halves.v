// expectation: right: two always blocks write different bits of a register
module two_halves(input clk, input [3:0] a, output reg [3:0] q);
  always @(posedge clk) q[1:0] <= a[1:0];
  always @(posedge clk) q[3:2] <= ~a[3:2];
endmodule
