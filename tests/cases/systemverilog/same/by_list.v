module by_list(input [4:0] a, output [4:0] y); assign y = ~a ^ 5'd9; endmodule
