// expectation: right: generate loops, conditions and cases, with genvars in the loop
module stage #(parameter int KIND = 0) (input logic [3:0] a, output logic [3:0] y);
  case (KIND)
    0: begin : plus assign y = a + 4'd1; end
    1: begin : flip assign y = ~a; end
    default: begin : keep assign y = {a[2:0], a[3]}; end
  endcase
endmodule
module generate_blocks #(parameter int N = 5) (input logic [3:0] a, output logic [3:0] y);
  logic [3:0] chain[N+1];
  assign chain[0] = a;
  for (genvar i = 0; i < N; i++) begin : stages
    stage #(.KIND(i % 3)) s (.a(chain[i]), .y(chain[i+1]));
  end
  if (N > 4) assign y = chain[N];
  else assign y = 'x;
endmodule
