module generate_blocks(input [3:0] a, output [3:0] y);
  wire [3:0] b = a + 4'd1, c = ~b, d = {c[2:0], c[3]}, e = d + 4'd1; assign y = ~e;
endmodule
