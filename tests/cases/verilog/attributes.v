// expectation: right: attributes that steer Yosys
(* keep_hierarchy *) (* techmap_celltype = "$add" *) (* abc9_box_id = 3 *) (* top *)
module part(input [3:0] a, output [3:0] y); assign y = a + 4'd3; endmodule
(* whitebox *) (* lib_whitebox *) (* nomem2reg *)
module other(input [3:0] a, output [3:0] y); assign y = a ^ 4'd3; endmodule
module attributes(input clk, input [3:0] a, b, output reg [3:0] y, output [3:0] z);
  (* src = "elsewhere.v:1.1-2.2" *) (* keep *) reg [3:0] r;
  (* keep *) wire [3:0] k = a & b;
  wire [3:0] s;
  (* keep *) part u(a, s);
  other w(b, z);
  always @(posedge clk) begin
    (* full_case, parallel_case, text = "\";\n module" *)
    case (a[1:0]) 0: r <= s; 1: r <= b; default: r <= 0; endcase
    y <= r;
  end
endmodule
