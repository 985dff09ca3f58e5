// expectation: right: $display is no hardware
// after: OpenROAD#4809 ($check), ORFS PR#1852, openlane2 PR#421
module display_in_always(input clk, input [3:0] a, output reg [3:0] q);
  always @(posedge clk) begin
    q <= a + 1;
    if (a == 4'd15) $display("wraps %d", a);
  end
endmodule
