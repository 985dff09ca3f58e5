module include_not_reached(input a, output y); assign y = ~a; endmodule
