module macro_arguments(input [3:0] a, b, output [3:0] y, z);
  wire [3:0] s = a + 4'd3, t = a + b; assign y = s > b ? s : b; assign z = t ^ 4'b0101;
endmodule
