package deepest;
  localparam int FACTOR = 3;
endpackage
