// expectation: warning: a net that nothing drives, in a module below
// says: undriven_below.v:4: nothing drives lost
module part(input a, output y);
  wire lost;
  assign y = a ^ lost;
endmodule
module undriven_below(input a, output y); part u(a, y); endmodule
