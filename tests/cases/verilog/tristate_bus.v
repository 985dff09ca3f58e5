// expectation: refusal: a bus that floats in one case of four
// says: three-state driver
module tristate_bus(input [1:0] s, input [3:0] a, b, output reg [3:0] y);
  always @*
    case (s)
      0: y = a;
      1: y = b;
      default: y = 4'bzzzz;
    endcase
endmodule
