// expectation: warning: a port of another width than what is bound to it
// says: widths.sv:5: a port and what is bound to it have 4 and 8 bits
module eight(input logic [7:0] a, output logic [7:0] y); assign y = a + 8'd3; endmodule
module widths(input logic [3:0] a, output logic [7:0] y);
  eight u (.a(a), .y(y));
endmodule
