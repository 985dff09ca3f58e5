module ifdef_nested(input a, b, output y); assign y = a & b; endmodule
