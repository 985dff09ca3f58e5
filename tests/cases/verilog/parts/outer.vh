`define BESIDE "inner.vh"
`include `BESIDE
`include "../widths.vh"
`define OUTER (`W + 1)
