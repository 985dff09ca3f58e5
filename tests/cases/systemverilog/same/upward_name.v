module upward_name(input [3:0] a, output y, output [3:0] z); assign z = a >> 1; assign y = ^z; endmodule
