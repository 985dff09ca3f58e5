module param_values(input [3:0] a, output [3:0] y); assign y = ~a & 4'hc; endmodule
