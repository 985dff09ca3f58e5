// expectation: right: a tree of modules that comes to an end
module recursive #(parameter N = 8)(input [N-1:0] a, output y);
  generate
    if (N == 1) assign y = a;
    else begin : halves
      wire p, q;
      recursive #(N / 2) low(a[N/2-1:0], p);
      recursive #(N - N / 2) high(a[N-1:N/2], q);
      assign y = p ^ q;
    end
  endgenerate
endmodule
