// expectation: refusal: more ports by position than there are
// says: many_ports.v:5: u binds 3 ports or more; its module gate has 2
module gate(input a, output y); assign y = ~a; endmodule
module many_ports(input a, output y);
  gate u(a, y, a);
endmodule
