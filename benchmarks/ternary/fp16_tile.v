// A tile of 32 x 32 ternary weights and FP16 activations with a floating-point adder for each
// weight: large, repetitive, all logic. Made to measure how long synthesis takes; it is no unit of
// this project, and nobody has checked its arithmetic.

// Binary16 addition with the usual stages: align, add, normalise, round.
module fp16_add (
  input  [15:0] a,
  input  [15:0] b,
  output [15:0] sum
);
  wire swap = a[14:0] < b[14:0];
  wire [15:0] large = swap ? b : a;
  wire [15:0] small = swap ? a : b;
  wire [4:0] distance = large[14:10] - small[14:10];
  wire [13:0] large_significand = {large[14:10] != 0, large[9:0], 3'b0};
  wire [13:0] small_significand = {small[14:10] != 0, small[9:0], 3'b0};
  wire [27:0] aligned = {small_significand, 14'b0} >> distance;
  wire [13:0] addend = {aligned[27:15], |aligned[14:0]};
  wire subtract = large[15] ^ small[15];
  wire [14:0] total = large_significand + ({15{subtract}} ^ {1'b0, addend}) + subtract;

  reg [3:0] zeros;
  integer i;
  always @* begin
    zeros = 15;
    for (i = 0; i < 15; i = i + 1) if (total[i]) zeros = 14 - i;
  end
  wire [14:0] normal = total << zeros;
  wire [5:0] exponent = {1'b0, large[14:10]} + 6'd1 - {2'b0, zeros};
  wire round_up = normal[3] & (|normal[2:0] | normal[4]);
  wire [15:0] rounded = {exponent, normal[13:4]} + round_up;
  wire underflow = total == 0 || {1'b0, large[14:10]} + 6'd1 <= {2'b0, zeros};
  wire overflow = rounded[15:10] >= 6'd31;
  assign sum = underflow ? 16'b0 : {large[15], overflow ? 15'h7bff : rounded[14:0]};
endmodule

module fp16_lane (
  input  [15:0] activation,
  input  [1:0]  weight,  // {negative, nonzero}
  input  [15:0] before,
  output [15:0] after
);
  wire [15:0] term = {activation[15] ^ weight[1], activation[14:0]} & {16{weight[0]}};
  fp16_add adder (.a(term), .b(before), .sum(after));
endmodule

module fp16_tile (
  input              clk,
  input      [511:0] activations,
  input      [2047:0] weights,
  output reg [511:0] sums
);
  genvar k, l;
  generate
    for (k = 0; k < 32; k = k + 1) begin : column
      wire [33*16-1:0] chain;
      assign chain[15:0] = sums[16*k +: 16];
      for (l = 0; l < 32; l = l + 1) begin : row
        fp16_lane lane (
          .activation(activations[16*l +: 16]),
          .weight(weights[2*(32*k+l) +: 2]),
          .before(chain[16*l +: 16]),
          .after(chain[16*l+16 +: 16])
        );
      end
      always @(posedge clk) sums[16*k +: 16] <= chain[32*16 +: 16];
    end
  endgenerate
endmodule
