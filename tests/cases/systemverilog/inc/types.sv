package types;
  typedef logic [4:0] word;
  parameter int STEP = 2;
endpackage
