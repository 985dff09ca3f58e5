// expectation: refusal: a variable that two always_ff write
// says: two_processes.sv:
module two_processes(input logic clk, a, b, output logic q);
  always_ff @(posedge clk) q <= a;
  always_ff @(posedge clk) if (b) q <= 1'b0;
endmodule
