// expectation: refusal: a memory image outside of the folder
// says: image_outside.v:6: the memory image /etc/passwd is outside of the source
module image_outside(input [2:0] a, output [7:0] y);
  reg [7:0] m [0:7];
  localparam FOLDER = "/etc";
  initial $readmemh({FOLDER, "/passwd"}, m);
  assign y = m[a];
endmodule
