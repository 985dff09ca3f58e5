// expectation: refusal: the source itself refuses its parameters
// says: stops_elaboration.v:4: W must be 4 or more
module stops_elaboration #(parameter W = 3)(input [W-1:0] a, output y);
  generate if (W < 4) $error("W must be 4 or more"); endgenerate
  assign y = ^a;
endmodule
