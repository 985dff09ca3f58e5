// expectation: refusal: a net with a default level
// says: pull_up.v:5: a syntax error at (; pullup is among the Verilog that is not read
module pull_up(input a, output y);
  wire w;
  pullup (w);
  assign y = a & w;
endmodule
