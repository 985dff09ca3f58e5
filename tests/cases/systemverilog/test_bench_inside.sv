// expectation: warning: initial blocks that only a simulator runs
// says: test_bench_inside.sv:5: an initial block is left out that only a simulator can run
module test_bench_inside(input logic clk, input logic [3:0] a, output logic [3:0] q);
  initial begin
    $dumpfile("waves.vcd");
    #100 $finish;
  end
  always_ff @(posedge clk) begin
    q <= a + 4'd1;
    $display("%0d", q);
    assert (q != 4'd9) else $error("nine");
  end
endmodule
