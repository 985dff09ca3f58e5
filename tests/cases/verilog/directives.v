// expectation: right: directives that mean nothing here
`timescale 1ns / 1ps
`celldefine
`begin_keywords "1364-2005"
`line 100 "other.v" 0
`pragma protect
`delay_mode_path
module directives(input a, output y);
  assign #1 y = ~a;
endmodule
`end_keywords
`endcelldefine
`resetall
