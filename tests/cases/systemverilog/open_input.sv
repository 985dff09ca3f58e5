// expectation: warning: an input of an instance is left open
// says: open_input.sv:5: nothing is bound to the input b of u, an instance of part
module part(input logic a, b, output logic y); assign y = a ^ b; endmodule
module open_input(input logic a, output logic y);
  part u (.a, .y, .b());
endmodule
