// expectation: refusal: a generate loop drives one bit again and again
// says: two_in_generate.v:3: y[0] has 5 drivers
module two_in_generate(input [3:0] a, output [3:0] y);
  genvar i;
  generate for (i = 0; i < 4; i = i + 1) begin : bits
    assign y[i] = ~a[i];
    assign y[0] = a[i];
  end endgenerate
endmodule
