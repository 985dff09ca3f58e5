// expectation: refusal: a port of both directions
// says: inout_port.v:3: the port io of inout_port is an inout
module inout_port(input en, a, inout io, output y); assign io = en ? a : 1'bz; assign y = io; endmodule
