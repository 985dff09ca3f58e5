// expectation: right: modules called like a library's cells and the flow's own
module INV_X1(input A, output ZN); assign ZN = A; endmodule
module macsmith_full_adder(input [3:0] a, output [3:0] y); assign y = a + 4'd3; endmodule
module macsmith_any_module(input [11:0] a, output [11:0] y); assign y = a + 12'd3; endmodule
module carry_chain(input [3:0] a, output [3:0] y);
  wire [3:0] t;
  macsmith_full_adder u(a, t);
  assign y = t ^ 4'd3;
endmodule
module library_names(input [11:0] a, output [11:0] y);
  wire [11:0] p, q, r;
  wire [3:0] t;
  macsmith_any_module m0(a, p), m1(p, q), m2(q, r);
  carry_chain u(r[3:0], t);
  INV_X1 i(t[0], y[0]);
  AND2_X1 cell0(.A1(t[1]), .A2(r[11]), .ZN(y[1]));
  assign y[11:2] = r[11:2];
endmodule
