// expectation: refusal: a loop without end
// says: endless_loop.v
module endless_loop(input a, output reg y);
  integer i;
  always @* begin y = a; for (i = 0; i < 9; i = i) y = ~y; end
endmodule
