module default_nettype(input a, output y); assign y = ~a; endmodule
