// expectation: warning: a bit outside of the range
// says: outside_range.v:4: Range select out of bounds
module outside_range(input [3:0] a, output y);
  assign y = a[7] ^ a[0];
endmodule
