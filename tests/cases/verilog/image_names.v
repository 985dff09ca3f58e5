// expectation: right: names of images from parameters, padded and put together
module memory #(parameter FILE = "none.hex", parameter [8*32:1] OTHER = "parts/square.hex")(input [2:0] a, output [7:0] y, z);
  reg [7:0] m [0:7], n [0:7];
  initial begin
    $readmemh(FILE, m, 0, 7);
    $readmemh(OTHER, n);
  end
  assign y = m[a], z = n[a];
endmodule
module image_names(input [2:0] a, output [7:0] y, z);
  memory #(.FILE({"parts", "/", "square.hex"})) u(a, y, z);
endmodule
