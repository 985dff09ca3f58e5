// expectation: right: the z of casez is no three-state driver
module casez_choice(input [3:0] a, output reg [1:0] y);
  always @*
    casez (a)
      4'b1zzz: y = 3;
      4'b01??: y = 2;
      4'b001?: y = 1;
      default: y = 0;
    endcase
endmodule
