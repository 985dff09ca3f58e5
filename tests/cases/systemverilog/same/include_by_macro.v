module include_by_macro(input [5:0] a, output [5:0] y); assign y = ~a; endmodule
