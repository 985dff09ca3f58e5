// expectation: refusal: a value that an always_comb does not give in all cases
// says: latch.sv:4
module latch(input logic en, a, output logic y);
  always_comb if (en) y = a;
endmodule
