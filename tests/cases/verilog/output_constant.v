// expectation: refusal: an output is bound to a constant
// says: output_constant.v:5: the output output_constant.u.z, of the module pair, is bound to a constant
module pair(input a, output y, z); assign y = a, z = ~a; endmodule
module output_constant(input a, output y);
  pair u(.a(a), .y(y), .z(1'b0));
endmodule
