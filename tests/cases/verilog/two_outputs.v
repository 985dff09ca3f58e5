// expectation: refusal: outputs of two instances on one net
// says: two_outputs.v:4: y has 2 drivers: the output y of first (two_outputs.v:5) and the output y of second (two_outputs.v:6)
module inverter(input a, output y); assign y = ~a; endmodule
module two_outputs(input a, b, output y);
  inverter first(a, y);
  inverter second(b, y);
endmodule
