// expectation: refusal: a parameter of the top module without a value
// says: param_missing.sv:4: param_missing cannot be the top module as it is
// says: --param
module param_missing #(parameter int W) (input logic [W-1:0] a, output logic [W-1:0] y); assign y = a; endmodule
