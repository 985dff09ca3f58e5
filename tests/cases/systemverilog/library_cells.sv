// expectation: right: instances of cells of the library
module library_cells(input logic a, b, output logic y);
  logic n;
  NAND2_X1 g (.A1(a), .A2(b), .ZN(n));
  INV_X1 i (.A(n), .ZN(y));
endmodule
