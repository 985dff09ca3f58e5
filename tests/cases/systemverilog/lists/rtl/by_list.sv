`include "outer.svh"
module by_list(input logic [`LIST_WIDTH-1:0] a, output logic [`LIST_WIDTH-1:0] y);
  part_of_list #(`LIST_WIDTH) u (.a, .y);
endmodule
