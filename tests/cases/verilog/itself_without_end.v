// expectation: refusal: a module in itself with another parameter each time
// says: one holds itself without end
module itself_without_end #(parameter N = 8)(input a, output y);
  itself_without_end #(N + 1) u(a, y);
endmodule
