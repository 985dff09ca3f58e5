// expectation: warning: two bits of an output are driven, two are not
// says: undriven_bits.v:3: nothing drives y[3:2], which is an output
module undriven_bits(input [3:0] a, output [3:0] y);
  assign y[1:0] = a[1:0];
endmodule
