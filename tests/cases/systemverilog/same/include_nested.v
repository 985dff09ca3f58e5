module include_nested(input [5:0] a, output [5:0] y); assign y = a * 3; endmodule
