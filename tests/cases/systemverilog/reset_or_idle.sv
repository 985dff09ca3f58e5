// expectation: right: an asynchronous reset that is asked for together with something else
module reset_or_idle(input logic clk, rst, rst_n, on, input logic [3:0] a, output logic [3:0] q, p);
  always_ff @(posedge clk or posedge rst) begin
    if (rst || !on) begin  // one of them is no reset
      q <= '0;
    end else if (a[0]) begin
      q <= a;
    end
  end
  always_ff @(posedge clk, negedge rst_n)
    if ((a == 3 | a[3]) | ~rst_n)
      p <= 4'd5;
    else
      p <= p + a;
endmodule
