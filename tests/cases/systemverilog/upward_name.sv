// expectation: right: a value of a module below by its name
module below(input logic [3:0] a, output logic y);
  logic [3:0] half;
  assign half = a >> 1;
  assign y = ^half;
endmodule
module upward_name(input logic [3:0] a, output logic y, output logic [3:0] z);
  below u (.a, .y);
  assign z = u.half;
endmodule
