// expectation: warning: fewer ports by position than there are
// says: few_ports.v:5: nothing is bound to the input b of u
module gate(input a, output y, input b); assign y = a & b; endmodule
module few_ports(input a, output y);
  gate u(a, y);
endmodule
