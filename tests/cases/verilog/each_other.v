// expectation: refusal: two modules in each other
// says: inside of itself
module other(input a, output y);
  each_other u(a, y);
endmodule
module each_other(input a, output y); other u(a, y); endmodule
