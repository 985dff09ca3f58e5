// expectation: warning: an implicit net by a typing error
// says: typo_net.v:7: enabel is not declared
// says: typo_net.v:7: nothing drives enabel
// after: OpenLane PR#1698
module typo_net(input clk, input [3:0] a, output reg [3:0] q);
  wire enable = a[0];
  always @(posedge clk) if (enabel) q <= a;
endmodule
