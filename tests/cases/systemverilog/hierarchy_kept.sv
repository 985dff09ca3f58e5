// expectation: right: four instances of one module, one of another kind
module mac #(parameter int W = 6) (input logic clk, input logic [W-1:0] a, b, output logic [2*W-1:0] q);
  always_ff @(posedge clk) q <= q + a * b;
endmodule
module hierarchy_kept(input logic clk, input logic [3:0][5:0] a, b, output logic [3:0][11:0] q, output logic [7:0] r);
  for (genvar i = 0; i < 4; i++) begin : lanes
    mac m (.clk, .a(a[i]), .b(b[i]), .q(q[i]));
  end
  mac #(.W(4)) other (.clk, .a(a[0][3:0]), .b(b[0][3:0]), .q(r));
endmodule
