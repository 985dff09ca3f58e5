// expectation: refusal: a module with nothing inside
// says: black_box.v:5: u is an instance of gate, with nothing inside (black_box.v:3): a black box has no area
(* blackbox *) module gate(input a, output y); endmodule
module black_box(input a, output y);
  gate u(a, y);
endmodule
