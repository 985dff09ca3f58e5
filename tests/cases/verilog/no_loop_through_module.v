// expectation: right: the two halves of an instance follow each other
module both(input a, b, output y, z); assign y = ~a, z = ~b; endmodule
module no_loop_through_module(input a, output y);
  wire w;
  both u(.a(a), .b(w), .y(w), .z(y));
endmodule
