// expectation: warning: initial blocks of a test bench
// says: tests_itself.v:5: an initial block is left out that only a simulator can run
module tests_itself(input clk, input [3:0] a, output reg [3:0] q);
  reg running;
  initial begin running = 0; #10 running = 1; repeat (3) @(posedge clk); $finish; end
  always @(posedge clk) q <= a + 4'd1;
endmodule
