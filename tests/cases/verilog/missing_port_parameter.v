// expectation: refusal: likewise in a module with parameters
// says: missing_port_parameter.v:5: u binds a port b
module gate #(parameter W = 2)(input [W-1:0] a, output [W-1:0] y); assign y = ~a; endmodule
module middle #(parameter W = 2)(input [W-1:0] a, output [W-1:0] y);
  gate #(W) u(.a(a), .b(a), .y(y));
endmodule
module missing_port_parameter(input [4:0] a, output [4:0] y); middle #(5) m(a, y); endmodule
