// expectation: refusal: two assigns overlap in one bit
// says: two_bits.v:3: y[2] has 2 drivers
module two_bits(input [3:0] a, b, output [3:0] y);
  assign y[2:0] = a[2:0];
  assign y[3:2] = b[3:2];
endmodule
