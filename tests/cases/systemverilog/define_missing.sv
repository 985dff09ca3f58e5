// expectation: refusal: a macro that is not defined
// says: define_missing.sv:3: the macro `WIDTH is not defined
module define_missing(input logic [`WIDTH-1:0] a, output logic [`WIDTH-1:0] y); assign y = a; endmodule
