// expectation: refusal: a parameter without a default
// says: needs_parameter.v:4: a parameter has no default value
// after: --param
module needs_parameter #(parameter W) (input [W-1:0] a, output [W-1:0] y); assign y = ~a; endmodule
