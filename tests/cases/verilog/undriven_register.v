// expectation: warning: a register that nothing writes
// says: undriven_register.v:4: nothing drives r
module undriven_register(input a, output y);
  reg r;
  assign y = a ^ r;
endmodule
