// expectation: right: an output of an instance is left open
module pair(input a, output y, z); assign y = a, z = ~a; endmodule
module open_output(input a, output y);
  pair u(.a(a), .y(), .z(y));
endmodule
