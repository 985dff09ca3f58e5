// expectation: refusal: a loop of logic
// says: a loop of logic
module loop(input logic a, output logic y);
  logic b;
  assign b = a ^ y;
  assign y = ~b;
endmodule
