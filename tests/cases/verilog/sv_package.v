// expectation: right: SystemVerilog
// after: SystemVerilog
package p; typedef struct packed { logic [3:0] hi, lo; } t; localparam int W = 8; endpackage
module sv_package import p::*; (input t a, output logic [W-1:0] y); assign y = {a.lo, a.hi}; endmodule
