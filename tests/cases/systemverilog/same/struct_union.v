module struct_union(input [11:0] a, output [11:0] y, output [7:0] z);
  wire [4:0] e = a[10:6] + 5'd1;
  assign y = {~a[11], e, 6'd0};
  assign z = {a[5:0], a[7:6]};
endmodule
