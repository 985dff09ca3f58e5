// expectation: right: a machine of enumerated states, unique case, always_ff and always_comb
module enum_machine(input logic clk, rst_n, go, input logic [3:0] n, output logic busy, done);
  typedef enum logic [1:0] {IDLE, RUN, LAST = 2'd3} state_t;
  state_t state, next;
  logic [3:0] count;
  always_ff @(posedge clk or negedge rst_n)
    if (!rst_n) begin
      state <= IDLE;
      count <= '0;
    end else begin
      state <= next;
      count <= state == RUN ? count + 4'd1 : '0;
    end
  always_comb begin
    next = state;
    unique case (state)
      IDLE: if (go) next = RUN;
      RUN: if (count == n) next = LAST;
      LAST: next = IDLE;
      default: next = IDLE;
    endcase
  end
  assign busy = state inside {RUN, LAST};
  assign done = state == LAST;
endmodule
