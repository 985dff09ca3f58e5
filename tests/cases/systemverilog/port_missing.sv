// expectation: refusal: a port that the module does not have
// says: port_missing.sv:4: a port b is bound, which the module part does not have
module part(input logic a, output logic y); assign y = ~a; endmodule
module port_missing(input logic a, output logic y); part u (.a, .b(a), .y); endmodule
