`define COMMON_WIDTH 7
`define COMMON_TWICE(x) ((x) + (x))
