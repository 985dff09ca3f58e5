// expectation: right: signed words, casts and sizes
module signed_casts(input logic signed [3:0] a, input byte unsigned b, output int y, output logic signed [7:0] z);
  assign y = a * signed'({1'b0, b});
  assign z = 8'(signed'(a)) >>> 1;
endmodule
