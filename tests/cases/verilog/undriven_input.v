// expectation: warning: a wire that nothing drives is used
// says: undriven_input.v:5: nothing drives forgotten
// after: OpenLane PR#1698 (check -assert)
module undriven_input(input [3:0] a, output [3:0] y);
  wire [3:0] forgotten;
  assign y = a + forgotten;
endmodule
