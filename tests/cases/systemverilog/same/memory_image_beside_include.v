module memory_image_beside_include(input [2:0] a, output [7:0] y); assign y = a * a; endmodule
