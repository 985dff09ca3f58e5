// expectation: refusal: two assignments to one net
// says: two_drivers.sv:3: y has 2 drivers: a and b
module two_drivers(input logic a, b, output wire logic y);
  assign y = a;
  assign y = b;
endmodule
