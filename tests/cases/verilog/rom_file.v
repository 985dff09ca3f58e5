// expectation: right: rom.hex beside the source
// after: YosysHQ/yosys#1096, #338
module rom_file(input [3:0] a, output [7:0] y);
  reg [7:0] rom [0:15];
  initial $readmemh("rom.hex", rom);
  assign y = rom[a];
endmodule
