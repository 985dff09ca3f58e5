`ifndef INNER
`define INNER 5
`endif
