// expectation: refusal: an instance of a module that no file has
// says: module_missing.sv:5: there is no module absent, of which this is an instance
module module_missing(input logic a, output logic y);
  logic b;
  absent u (.a, .y);
endmodule
