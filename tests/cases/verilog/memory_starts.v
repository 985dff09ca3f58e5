// expectation: warning: what a memory that is written holds at first
// says: memory_starts.v:5: what the memory m holds at first is left out
module memory_starts(input clk, we, input [2:0] a, input [7:0] d, output [7:0] q);
  reg [7:0] m [0:7];
  initial $readmemh("parts/square.hex", m);
  always @(posedge clk) if (we) m[a] <= d;
  assign q = m[a];
endmodule
