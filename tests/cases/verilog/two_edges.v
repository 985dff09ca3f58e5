// expectation: refusal: a register of two edges
// says: two_edges.v:4: the register q is written at 2 edges
module two_edges(input clk, a, output reg q);
  always @(posedge clk or negedge clk) q <= a;
endmodule
