// expectation: right: a module and a package of files that come later
// given: inc/adder.sv inc/types.sv
module files_out_of_order import types::*; (input word a, b, output word y);
  adder #(.STEP(types::STEP)) u (.a, .b, .y);
endmodule
