// expectation: refusal: a macro that is not defined
// says: needs_define.v:4: the macro `WIDTH is not defined
// after: -D
module needs_define(input [`WIDTH-1:0] a, output [`WIDTH-1:0] y); assign y = ~a; endmodule
