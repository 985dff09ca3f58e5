// expectation: right: a comment in Latin-1, and a mark of the encoding in an include
// café µm
`include "inc/marked.svh"
module latin1(input logic [`MARKED-1:0] a, output logic [`MARKED-1:0] y); assign y = ~a; endmodule
