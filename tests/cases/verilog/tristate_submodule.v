// expectation: refusal: a three-state driver in a module below
// says: tristate_submodule.v:4: a three-state driver
module pad(input en, a, output y);
  assign y = en ? a : 1'bz;
endmodule
module tristate_submodule(input en, a, output y); pad pad(en, a, y); endmodule
