// expectation: refusal: a primitive with a table
// says: primitive is among the Verilog that is not read
primitive gate(y, a, b);
  output y; input a, b;
  table 0 0 : 0; 0 1 : 1; 1 0 : 1; 1 1 : 0; endtable
endprimitive
module table_gate(input a, b, output y); gate u(y, a, b); endmodule
