// expectation: refusal: a three-state gate
// says: three_state_gate.sv:4: bufif1 is among the Verilog that is not read
module three_state_gate(input logic en, a, output wire y);
  bufif1 g (y, a, en);
endmodule
