module files_out_of_order(input [4:0] a, b, output [4:0] y); assign y = a + b + 5'd2; endmodule
