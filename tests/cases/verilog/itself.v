// expectation: refusal: a module in itself
// says: itself.v:4: u is an instance of itself inside of itself
module itself(input a, output y);
  itself u(a, y);
endmodule
