// expectation: right: properties and assertions are no hardware
module assertions(input logic clk, rst, input logic [3:0] a, output logic [3:0] q);
  always_ff @(posedge clk)
    if (rst) q <= '0;
    else q <= q ^ a;
  property stays;
    @(posedge clk) disable iff (rst) a == 0 |=> $stable(q);
  endproperty
  assert property (stays);
  cover property (@(posedge clk) q == 4'hf);
endmodule
