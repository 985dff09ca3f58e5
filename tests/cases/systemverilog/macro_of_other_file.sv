// expectation: right: a macro of a file that is named before
// given: inc/macros.sv first
module macro_of_other_file(input logic [`COMMON_WIDTH-1:0] a, output logic [`COMMON_WIDTH-1:0] y);
  assign y = `COMMON_TWICE(a);
endmodule
