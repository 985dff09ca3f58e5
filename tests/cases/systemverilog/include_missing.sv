// expectation: refusal: an include that is not there
// says: include_missing.sv:4: the include nowhere.svh is not there
module before; endmodule
`include "nowhere.svh"
module include_missing(input logic a, output logic y); assign y = a; endmodule
