// expectation: refusal: a memory image of something else
// says: image_garbage.v:3: 'module' is no hexadecimal number
module image_garbage(input [2:0] a, output [7:0] y);
  reg [7:0] m [0:7];
  initial $readmemh("image_garbage.v", m);
  assign y = m[a];
endmodule
