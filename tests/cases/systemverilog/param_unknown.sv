// expectation: refusal: a parameter that the top module does not have
// says: --param: a parameter DEPTH is set, which the module param_unknown does not have
// given: --param DEPTH=4
module param_unknown #(parameter int W = 3) (input logic [W-1:0] a, output logic [W-1:0] y); assign y = a; endmodule
