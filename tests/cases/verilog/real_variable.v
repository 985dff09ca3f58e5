// expectation: refusal: a real variable
// says: real_variable.v:4: a syntax error at real; real is among the Verilog that is not read
module real_variable(input [7:0] a, output [7:0] y);
  real r;
  always @* r = a * 1.5;
  assign y = r;
endmodule
