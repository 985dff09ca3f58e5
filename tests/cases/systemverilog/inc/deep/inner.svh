`define INNER 6
`include <beside.svh>
