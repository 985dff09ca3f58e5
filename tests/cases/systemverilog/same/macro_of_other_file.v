module macro_of_other_file(input [6:0] a, output [6:0] y); assign y = a + a; endmodule
