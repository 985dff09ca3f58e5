// expectation: refusal: two assigns to one net
// says: two_drivers.v:4: y has 2 drivers: a and b
// after: YosysHQ/yosys#545, #3793; OpenLane#1875
module two_drivers(input a, b, output y);
  assign y = a;
  assign y = b;
endmodule
