// expectation: refusal: one register written by two always blocks
// says: two_always.v:4: q has 2 drivers
// after: YosysHQ/yosys#545
module two_always(input clk, a, b, output reg q);
  always @(posedge clk) q <= a;
  always @(posedge clk) if (b) q <= 1'b0;
endmodule
