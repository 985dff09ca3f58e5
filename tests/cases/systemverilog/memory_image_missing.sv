// expectation: refusal: a memory image that is not there
// says: memory_image_missing.sv:5: the memory image nowhere.hex is not there
module memory_image_missing(input logic [1:0] a, output logic [7:0] y);
  logic [7:0] m[4];
  initial $readmemh("nowhere.hex", m);
  assign y = m[a];
endmodule
