// expectation: right: what only a simulator does
module tasks(input clk, reset, input [3:0] a, output reg [3:0] q);
  integer file;
  initial begin
    $display("starts; begin (");
    if ($test$plusargs("trace")) begin $dumpfile("trace.vcd"); $dumpvars(0, tasks); end
  end
  initial $monitor("%t %d", $time, q);
  task complain; input [3:0] value; begin $display("%d", value); $fatal(1, "no"); end endtask
  function [3:0] next; input [3:0] value; begin $strobe("%m"); next = value + 4'd1; end endfunction
  always @(posedge clk or posedge reset)
    if (reset) begin q <= 0; $write("reset"); end
    else begin : work
      q <= next(a);
      if (a == 4'd15) $error("wraps %d", a); else if (a == 4'd14) complain(a); else ;
      case (a)
        4'd0, 4'd1: begin $info("low"); end
        {2'b01, 2'b10}: $warning("6");
        default $finish;
      endcase
      assert (a != 4'd3) else $error("three");
      cover (a == 4'd4);
      named: assume (a != 4'd5);
    end
  assert property (@(posedge clk) a |-> ##1 q) else begin $stop; end
  property follows; @(posedge clk) a |=> q; endproperty
  cover property (follows);
  specify (clk => q) = 3; $setup(a, posedge clk, 1); endspecify
  final $display("ends");
endmodule
