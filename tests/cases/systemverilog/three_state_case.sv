// expectation: refusal: one case of four leaves its net alone
// says: three-state driver
module three_state_case(input logic [1:0] s, input logic a, output logic y);
  always_comb
    case (s)
      2'd0: y = a;
      2'd1: y = ~a;
      default: y = 1'bz;
    endcase
endmodule
