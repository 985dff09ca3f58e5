module types_of_other_file(input [7:0] a, output [7:0] y); assign y = {a[3:0], a[7:4]}; endmodule
