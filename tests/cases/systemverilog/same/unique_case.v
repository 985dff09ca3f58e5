module unique_case(input [1:0] s, input [3:0] a, b, c, output [3:0] y, z);
  assign y = s[1] ? c : s[0] ? b : a; assign z = s[1] ? a : b;
endmodule
