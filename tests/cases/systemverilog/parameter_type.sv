// expectation: right: parameters that are types, and sizes of types
module shifter #(parameter type T = logic [3:0], parameter int BY = 1) (input T a, output T y);
  localparam int N = $bits(T);
  assign y = T'({a, a} >> BY % N);
endmodule
module parameter_type(input logic [6:0] a, output logic [6:0] y, output logic [3:0] z);
  shifter #(.T(logic [6:0]), .BY(9)) wide (.a, .y);
  shifter narrow (.a(a[3:0]), .y(z));
endmodule
