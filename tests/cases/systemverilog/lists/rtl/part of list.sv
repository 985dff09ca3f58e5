module part_of_list #(parameter int W = 1) (input logic [W-1:0] a, output logic [W-1:0] y);
`ifdef LIST_INVERT
  assign y = ~a ^ `LIST_KEY;
`endif
endmodule
