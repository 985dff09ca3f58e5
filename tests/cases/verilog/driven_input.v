// expectation: refusal: an input of the module is driven in it
// says: driven_input.v:3: a has 2 drivers: b and the input itself
module driven_input(input a, b, output y);
  assign a = b;
  assign y = a;
endmodule
