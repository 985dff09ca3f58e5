// expectation: refusal: two always blocks overlap in one bit of a register
// says: two_registers.v:3: q[2] has 2 drivers: a register (two_registers.v:5) and a register
module two_registers(input clk, input [3:0] a, output reg [3:0] q);
  always @(posedge clk) q[2:0] <= a[2:0];
  always @(posedge clk) q[3:2] <= a[3:2];
endmodule
