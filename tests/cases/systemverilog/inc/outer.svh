`ifndef OUTER_SVH
`define OUTER_SVH
`include "outer.svh"
`include "deep/inner.svh"
`define OUTER `INNER
`endif
