// expectation: refusal: a name inside of another module
// says: name_inside.v:6: u.inner is a name inside of another module
module part(input a, output y); wire inner = ~a; assign y = inner; endmodule
module name_inside(input a, output y, z);
  part u(a, y);
  assign z = u.inner;
endmodule
