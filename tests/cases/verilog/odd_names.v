// expectation: right: names with all kinds of characters
module \0;touch*? (input clk, input \a[0] , input [1:0] a, input \0x , \reg , output reg \q$1 , output \y.z ,
  output [1:0] \b[1] , output \n_0_ );
  wire \wire_0_ = a[1] & \a[0] ;
  wire \gate_3_ = \wire_0_ ^ \0x ;
  always @(posedge clk) \q$1 <= \gate_3_ & \reg ;
  assign \y.z = \wire_0_ | a[0], \b[1] = a + 2'd1, \n_0_ = ~\0x ;
endmodule
module odd_names(input clk, input [4:0] a, output [5:0] y);
  \0;touch*? \u[3]. (clk, a[0], a[2:1], a[3], a[4], y[0], y[1], y[3:2], y[4]);
  assign y[5] = 1'b0;
endmodule
