// expectation: right: signals are called as the flow calls its own
// after: name clash
module gate_names(input clk, input [3:0] wire_0_, gate_0_, output [3:0] n_0_, output reg [3:0] n_1_);
  wire [3:0] gate_1_ = wire_0_ ^ gate_0_; wire [3:0] wire_1_ = gate_1_ + 4'd3;
  assign n_0_ = wire_1_ & gate_0_; always @(posedge clk) n_1_ <= wire_1_;
endmodule
