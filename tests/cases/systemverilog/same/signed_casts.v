module signed_casts(input signed [3:0] a, input [7:0] b, output signed [31:0] y, output signed [7:0] z);
  wire signed [8:0] c = {1'b0, b}; wire signed [31:0] p = a * c; assign y = p;
  assign z = {{5{a[3]}}, a[3:1]};
endmodule
