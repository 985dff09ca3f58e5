// expectation: right: words that only SystemVerilog reserves
module assert_as_name(input clk, input final, output reg cover);
  wire assume = ~final;
  always @(posedge clk) cover <= assume;
endmodule
