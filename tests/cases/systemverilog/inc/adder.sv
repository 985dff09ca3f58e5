module adder import types::*; #(parameter int STEP = 0) (input word a, b, output word y);
  assign y = a + b + STEP;
endmodule
