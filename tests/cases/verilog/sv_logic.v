// expectation: right: SystemVerilog
// after: SystemVerilog
module sv_logic(input logic clk, input logic [3:0] a, output logic [3:0] q);
  always_ff @(posedge clk) q <= a + 4'd1;
endmodule
