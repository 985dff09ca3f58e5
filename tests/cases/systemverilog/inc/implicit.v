module implicit(input a, output y);
  not(between, a);
  assign y = between;
endmodule
