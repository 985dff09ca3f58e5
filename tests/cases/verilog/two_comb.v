// expectation: refusal: one value computed by two always blocks
// says: two_comb.v:3: y has 2 drivers
module two_comb(input a, b, output reg y);
  always @* y = a;
  always @* y = b;
endmodule
