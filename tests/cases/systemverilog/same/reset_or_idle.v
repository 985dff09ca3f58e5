module reset_or_idle(input clk, rst, rst_n, on, input [3:0] a, output reg [3:0] q, p);
  always @(posedge clk or posedge rst)
    if (rst) q <= 0; else if (!on) q <= 0; else if (a[0]) q <= a;
  always @(posedge clk or negedge rst_n)
    if (!rst_n) p <= 5; else if (a == 3 || a[3]) p <= 5; else p <= p + a;
endmodule
