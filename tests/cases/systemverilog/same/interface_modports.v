module interface_modports(input clk, input [7:0] a, output [7:0] y);
  reg [7:0] data; reg valid;
  always @(posedge clk) begin data <= a; valid <= a != 0; end
  assign y = valid ? data : 8'hff;
endmodule
