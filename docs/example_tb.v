// A complete bench for the design ternary-int8-8x8 as generated; docs/driving.md explains it.
// One matrix product: one vector of 16 activations, 8 outputs: one sum of two tiles.

module example_tb;
  localparam A = 14; // accumulator_bits

  reg clk = 1'b0;
  reg rst = 1'b1;
  always #5 clk = ~clk;

  // What the streams carry -------------------------------------------------------------------

  // Activations: element 0 in the lowest bits, so the last one is written first.
  wire [63:0] tile0 = {8'd8, 8'd7, 8'd6, 8'd5, 8'd4, 8'd3, 8'd2, 8'd1};
  wire [63:0] tile1 = {8'd80, 8'd70, 8'd60, 8'd50, 8'd40, 8'd30, 8'd20, 8'd10};

  // Keys: four hexadecimal digits a column, the digit of group 0 last; column 7 written first.
  wire [127:0] keys0 = 128'h9393_0000_4444_4441_2222_4444_8888_0000;
  wire [127:0] keys1 = 128'h9393_8888_b444_4444_aaaa_4444_8888_0000;

  // Initial values: bias plus corrections; column 7 written first.
  wire signed [A-1:0] initial0 = 0 - 2048;
  wire signed [A-1:0] initial1 = 0 - 2040;
  wire signed [A-1:0] initial2 = 5 - 0;
  wire signed [A-1:0] initial3 = 0 - 2044;
  wire signed [A-1:0] initial4 = 100 - 128;
  wire signed [A-1:0] initial5 = 0 - 383;
  wire signed [A-1:0] initial6 = 0 - 2044;
  wire signed [A-1:0] initial7 = -1 - 2044;

  // Drivers: a stream is valid while it has something left; a transfer moves it on -------------

  reg [1:0] activations_sent = 2'd0;
  reg [1:0] weights_sent = 2'd0;
  reg       initial_sent = 1'b0;

  wire activations_valid = !rst && activations_sent < 2'd2;
  wire weights_valid = !rst && weights_sent < 2'd2;
  wire initial_valid = !rst && !initial_sent;
  wire results_ready = 1'b1;

  wire activations_ready, weights_ready, initial_ready, results_valid;
  wire [8*A-1:0] results;

  wire first = weights_sent == 2'd0; // this tile starts the sum
  wire last = weights_sent == 2'd1;  // this tile ends it

  ternary_int8_8x8 dut (
    .clk(clk),
    .rst(rst),
    .activations_payload(activations_sent == 2'd0 ? tile0 : tile1),
    .activations_valid(activations_valid),
    .activations_ready(activations_ready),
    .weights_payload({last, first, weights_sent == 2'd0 ? keys0 : keys1}),
    .weights_valid(weights_valid),
    .weights_ready(weights_ready),
    .initial_payload({initial7, initial6, initial5, initial4,
                       initial3, initial2, initial1, initial0}),
    .initial_valid(initial_valid),
    .initial_ready(initial_ready),
    .results_payload(results),
    .results_valid(results_valid),
    .results_ready(results_ready)
  );

  always @(posedge clk) begin
    if (activations_valid && activations_ready) activations_sent <= activations_sent + 2'd1;
    if (weights_valid && weights_ready) weights_sent <= weights_sent + 2'd1;
    if (initial_valid && initial_ready) initial_sent <= 1'b1;
  end

  // Monitor and checker ------------------------------------------------------------------------

  function signed [A-1:0] expected(input integer column);
    case (column)
      0: expected = 396;
      1: expected = -396;
      2: expected = 5;
      3: expected = 36;
      4: expected = 101;
      5: expected = -80;
      6: expected = -324;
      default: expected = -23;
    endcase
  endfunction

  integer cycle = 0, column, wrong = 0;
  reg signed [A-1:0] value;

  always @(posedge clk) if (!rst) begin
    cycle <= cycle + 1;
    if (activations_valid && activations_ready) $display("cycle %0d: activations", cycle);
    if (weights_valid && weights_ready) $display("cycle %0d: weights", cycle);
    if (initial_valid && initial_ready) $display("cycle %0d: initial", cycle);
    if (results_valid && results_ready) begin
      $display("cycle %0d: results", cycle);
      for (column = 0; column < 8; column = column + 1) begin
        value = results[column*A +: A];
        $display("  column %0d: %0d, expected %0d", column, value, expected(column));
        if (value !== expected(column)) wrong = wrong + 1;
      end
      if (wrong == 0) $display("PASS");
      else $display("FAIL: %0d of 8 differ", wrong);
      $finish;
    end
    if (cycle == 100) begin
      $display("FAIL: no results after 100 cycles");
      $finish;
    end
  end

  initial begin
    repeat (2) @(negedge clk);
    rst = 1'b0;
  end
endmodule
