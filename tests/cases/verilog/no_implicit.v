// expectation: refusal: no implicit nets
// says: no_implicit.v:5: b is not declared
`default_nettype none
module no_implicit(input wire a, output wire y);
  assign y = b;
endmodule
