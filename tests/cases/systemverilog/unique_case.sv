// expectation: right: a unique case without a default leaves the rest open
module unique_case(input logic [1:0] s, input logic [3:0] a, b, c, output logic [3:0] y, z);
  always_comb
    unique case (s)
      2'd0: y = a;
      2'd1: y = b;
      2'd2, 2'd3: y = c;
    endcase
  always_comb
    priority if (s[1]) z = a;
    else z = b;
endmodule
