// expectation: refusal: a task that nobody knows
// says: unknown_task.v:4: $launch is neither defined here nor has it a meaning in hardware
module unknown_task(input clk, a, output reg q);
  always @(posedge clk) begin q <= a; $launch(a); end
endmodule
