// expectation: warning: a clock that nothing drives
// says: undriven_clock.v:4: nothing drives clk
module undriven_clock(input a, output reg y);
  wire clk;
  always @(posedge clk) y <= a;
endmodule
