// expectation: refusal: a register is given a value of the simulator
// says: random_value.v:4: $random is a simulator's function
module random_value(input clk, output reg [7:0] q);
  always @(posedge clk) q <= $random;
endmodule
