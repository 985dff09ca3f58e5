module lookup(input logic [2:0] a, output logic [7:0] y);
  logic [7:0] m[0:7];
  initial $readmemh("squares.hex", m, 0, 7);
  always_comb y = m[a];
endmodule
