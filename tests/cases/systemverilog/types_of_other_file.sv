// expectation: right: types and functions outside of packages and modules, of another file
// given: inc/outside_types.sv first
module types_of_other_file(input pair_t a, output logic [7:0] y);
  assign y = joined(a);
endmodule
