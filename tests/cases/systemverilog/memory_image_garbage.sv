// expectation: refusal: a memory image of something else
// says: helper.sv:1: 'module' is no hexadecimal number
module memory_image_garbage(input logic [1:0] a, output logic [7:0] y);
  logic [7:0] m[4];
  initial $readmemh("helper.sv", m);
  assign y = m[a];
endmodule
