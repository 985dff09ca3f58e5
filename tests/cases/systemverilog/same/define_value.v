module define_value(input [4:0] a, output [4:0] y); assign y = ~a ^ 5'h15; endmodule
