module memory_image(input [2:0] a, output [7:0] y); assign y = a * a; endmodule
