// expectation: right: real constants, and delays that hardware does not have
module reals(input clk, input [7:0] a, output reg [7:0] y);
  localparam real RATIO = 2.5;
  localparam integer STEP = RATIO * 4;
  always @(posedge clk) y <= #1 a + STEP;
endmodule
