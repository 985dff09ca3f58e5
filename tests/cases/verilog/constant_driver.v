// expectation: refusal: a net is an input and a constant
// says: constant_driver.v:3: y has 2 drivers: a and a constant
module constant_driver(input a, output y);
  assign y = a;
  assign y = 1'b0;
endmodule
