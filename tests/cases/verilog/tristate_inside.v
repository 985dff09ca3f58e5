// expectation: refusal: two three-state drivers of one net, which a simulator resolves
// says: three-state driver
module tristate_inside(input e, f, a, b, output y);
  wire w;
  assign w = e ? a : 1'bz;
  assign w = f ? b : 1'bz;
  assign y = w;
endmodule
