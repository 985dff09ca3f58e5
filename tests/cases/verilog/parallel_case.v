// expectation: right: several choices at once are promised not to happen, so that any result will do
module parallel_case(input clk, input [2:0] s, input [7:0] a, b, output reg [7:0] y);
  reg first, second, third;
  reg [7:0] chosen;
  always @* begin
    chosen = 'bx;
    (* parallel_case, full_case *)
    case (1'b1)
      first: chosen = a ^ b;
      second: chosen = a & b;
      third: chosen = a + b;
    endcase
  end
  always @(posedge clk) begin
    first <= s[0];
    second <= s[1];
    third <= s[2];
    y <= chosen;
  end
endmodule
