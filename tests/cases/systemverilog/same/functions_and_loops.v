module functions_and_loops(input [7:0] a, output [3:0] count, output reg [3:0] leading, output [7:0] turned);
  assign count = a[0] + a[1] + a[2] + a[3] + a[4] + a[5] + a[6] + a[7];
  integer i;
  always @* begin leading = 8; for (i = 0; i < 8; i = i + 1) if (a[i]) leading = 7 - i; end
  assign turned = {a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7]};
endmodule
