// expectation: right: wires and constants
module only_wires(input a, output y, output [3:0] z); assign y = a, z = 4'd5; endmodule
