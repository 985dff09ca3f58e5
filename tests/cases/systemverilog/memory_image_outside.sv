// expectation: refusal: a memory image outside of the folders
// says: memory_image_outside.sv:5: the memory image /etc/hostname is outside of
module memory_image_outside(input logic [1:0] a, output logic [7:0] y);
  logic [7:0] m[4];
  initial $readmemh("/etc/hostname", m);
  assign y = m[a];
endmodule
