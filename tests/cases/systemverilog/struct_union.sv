// expectation: right: packed structs in structs, a union, and patterns
module struct_union(input logic [11:0] a, output logic [11:0] y, output logic [7:0] z);
  typedef struct packed { logic sign; logic [4:0] exponent; } head;
  typedef struct packed { head h; logic [5:0] fraction; } number;
  typedef union packed { number n; logic [11:0] bits; } either;
  number n, m;
  either e;
  assign n = a;
  assign m = '{h: '{sign: ~n.h.sign, exponent: n.h.exponent + 1'b1}, fraction: '0};
  assign e.n = m;
  assign y = e.bits;
  assign z = {n.fraction, n.h.exponent[1:0]};
endmodule
