// expectation: right: a wand has many drivers
module wired_and(input a, b, c, output y, z);
  wand w; wor v;
  assign w = a; assign w = b;
  assign v = b; assign v = c;
  assign y = w, z = v;
endmodule
