// expectation: refusal naming the latch (or a latch cell)
module latch_plain(input en, d, output reg q);
  always @* if (en) q = d;
endmodule
