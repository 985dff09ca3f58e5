module parameter_type(input [6:0] a, output [6:0] y, output [3:0] z); assign y = {a[1:0], a[6:2]}; assign z = {a[0], a[3:1]}; endmodule
