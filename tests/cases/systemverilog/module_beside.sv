// expectation: refusal: an instance of a module of a file that is not named
// says: module_beside.sv:4: there is no module helper
// says: name helper.sv beside it as well
module module_beside(input logic a, output logic y); helper u (.a, .y); endmodule
