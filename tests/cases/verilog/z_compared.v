// expectation: right: a comparison with z is no three-state driver
module z_compared(input a, b, output y); assign y = (a === 1'bz) ? b : ~b; endmodule
