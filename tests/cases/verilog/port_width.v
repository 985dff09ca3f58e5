// expectation: warning: a port of 8 bits bound to 4
// says: port_width.v:5: the port a of u has 8 bits and is bound to 4
// after: OpenLane PR#1698 (resizing cell port)
module eight(input [7:0] a, output [7:0] y); assign y = a + 8'd3; endmodule
module port_width(input [3:0] a, output [3:0] y); eight u(.a(a), .y(y)); endmodule
