// expectation: right: an interface with modports between two modules
interface bus #(parameter int W = 8) (input logic clk);
  logic [W-1:0] data;
  logic valid;
  modport from(output data, valid, input clk);
  modport to(input data, valid, clk);
endinterface
module source(bus.from b, input logic [7:0] a);
  always_ff @(posedge b.clk) begin
    b.data <= a;
    b.valid <= a != 0;
  end
endmodule
module target(bus.to b, output logic [7:0] y);
  assign y = b.valid ? b.data : 8'hff;
endmodule
module interface_modports(input logic clk, input logic [7:0] a, output logic [7:0] y);
  bus #(.W(8)) link (.clk);
  source s (.b(link), .a);
  target t (.b(link), .y);
endmodule
