// expectation: refusal: a stub
// says: a black box has no area
module gate(input a, output y); endmodule
module empty_part(input a, output y);
  gate u(a, y);
endmodule
