// expectation: refusal: an output is given the value z
// says: floating.v:3: z is given the value z
module floating(input a, output y, z);
  assign y = a;
  assign z = 1'bz;
endmodule
