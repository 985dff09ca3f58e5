// expectation: right: an include that is not there where nothing is read
`ifdef SIMULATION
`include "nowhere.svh"
`include "/etc/hostname"
`endif
module include_not_reached(input logic a, output logic y); assign y = ~a; endmodule
