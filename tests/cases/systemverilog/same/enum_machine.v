module enum_machine(input clk, rst_n, go, input [3:0] n, output busy, done);
  reg [1:0] state, next; reg [3:0] count;
  always @(posedge clk or negedge rst_n)
    if (!rst_n) begin state <= 0; count <= 0; end
    else begin state <= next; count <= state == 1 ? count + 4'd1 : 4'd0; end
  always @* begin
    next = 0;
    case (state) 0: if (go) next = 1; 1: next = count == n ? 2'd3 : 2'd1; default: next = 0; endcase
  end
  assign busy = state == 1 || state == 3; assign done = state == 3;
endmodule
