// expectation: right: an image beside the file that names it, of another folder
// given: inc/table.sv
module memory_image_beside_include(input logic [2:0] a, output logic [7:0] y);
  lookup r (.a, .y);
endmodule
