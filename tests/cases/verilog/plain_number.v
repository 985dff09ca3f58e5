// expectation: right: a port of four bits bound to a plain number
module gate(input [3:0] a, input b, output y); assign y = ^a ^ b; endmodule
module plain_number(input b, output y); gate u(.a(1), .b(b), .y(y)); endmodule
