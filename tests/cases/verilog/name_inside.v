// expectation: right: a name inside of another module, which is flattened for it
module part(input a, output y); wire inner = ~a; assign y = inner; endmodule
module name_inside(input a, output y, z);
  part u(a, y);
  assign z = u.inner;
endmodule
