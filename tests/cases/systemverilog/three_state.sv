// expectation: refusal: a three-state driver
// says: three_state.sv:4: a three-state driver
module three_state(input logic en, input logic [3:0] a, output wire logic [3:0] y);
  assign y = en ? a : 'z;
endmodule
