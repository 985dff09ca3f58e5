// expectation: refusal: a port of both directions
// says: both_ways.sv:3: the port d of both_ways is an inout
module both_ways(input logic en, a, inout wire d); assign d = en ? a : 1'bz; endmodule
