// expectation: refusal: the source itself refuses its parameters
// says: own_check.sv:5: W must be even
// given: --param W=3
module own_check #(parameter int W = 4) (input logic [W-1:0] a, output logic [W-1:0] y);
  if (W % 2) $error("W must be even");
  assign y = ~a;
endmodule
