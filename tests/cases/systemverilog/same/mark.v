module mark(input a, output y); assign y = ~a; endmodule
