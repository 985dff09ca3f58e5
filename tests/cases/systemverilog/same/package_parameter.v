module package_parameter(input [5:0] a, output [5:0] y); assign y = {a[2:0], a[5:3]} + 6; endmodule
