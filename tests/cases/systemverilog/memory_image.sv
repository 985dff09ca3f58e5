// expectation: right: a memory image beside the file, named by a parameter
module rom #(parameter string FILE = "none.hex") (input logic [2:0] a, output logic [7:0] y);
  logic [7:0] m[8];
  initial $readmemh(FILE, m);
  assign y = m[a];
endmodule
module memory_image(input logic [2:0] a, output logic [7:0] y);
  rom #(.FILE("inc/squares.hex")) r (.a, .y);
endmodule
