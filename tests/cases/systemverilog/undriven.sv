// expectation: warning: nothing drives part of a net
// says: undriven.sv:5: nothing drives w[7:4]
// says: undriven.sv:6: nothing drives r
module undriven(input logic [7:0] a, output logic [7:0] y);
  logic [7:0] w;
  logic [7:0] r;
  assign w[3:0] = a[3:0];
  assign y = a & w ^ r;
endmodule
