// expectation: right: delay counts the half period (twice the path)
module half_cycle(input clk, input [15:0] a, b, output reg [15:0] q);
  reg [15:0] ra, rb;
  always @(posedge clk) begin ra <= a; rb <= b; end
  always @(negedge clk) q <= ra + rb;
endmodule
