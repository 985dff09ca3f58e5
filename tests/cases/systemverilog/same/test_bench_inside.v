module test_bench_inside(input clk, input [3:0] a, output reg [3:0] q); always @(posedge clk) q <= a + 4'd1; endmodule
