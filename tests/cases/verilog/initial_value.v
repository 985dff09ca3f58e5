// expectation: warning: a cell of a library does not start from a value
// says: initial values are left out
// says: count (initial_value.v:5)
module initial_value(input clk, input [3:0] a, output reg [3:0] q);
  reg [3:0] count = 4'd9;
  always @(posedge clk) begin count <= count + a; q <= count; end
endmodule
