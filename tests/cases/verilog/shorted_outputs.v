// expectation: warning: two outputs are each assigned the other
// says: nothing drives
module shorted_outputs(input a, output y, z);
  assign y = z;
  assign z = y;
endmodule
