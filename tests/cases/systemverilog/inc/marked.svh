`define MARKED 2
