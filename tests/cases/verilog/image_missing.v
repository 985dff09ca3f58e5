// expectation: refusal: a memory image that is not there
// says: image_missing.v:5: the memory image nowhere.hex is not there
module image_missing(input [2:0] a, output [7:0] y);
  reg [7:0] m [0:7];
  initial $readmemh("nowhere.hex", m);
  assign y = m[a];
endmodule
