// expectation: right: packed and unpacked arrays as ports and values
module arrays(input logic [2:0][3:0] a, input logic signed [3:0] b[2], output logic [3:0][2:0] y, output logic signed [5:0] s);
  logic [2:0][3:0] t;
  always_comb begin
    for (int i = 0; i < 3; i++) t[i] = a[2-i] ^ 4'(i);
    for (int i = 0; i < 4; i++) y[i] = {t[2][i], t[1][i], t[0][i]};
  end
  assign s = b[0] * 2 - b[1];
endmodule
