module assertions(input clk, rst, input [3:0] a, output reg [3:0] q); always @(posedge clk) q <= rst ? 4'd0 : q ^ a; endmodule
