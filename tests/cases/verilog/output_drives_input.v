// expectation: refusal: an instance drives an input of the module around it
// says: output_drives_input.v:4: a has 2 drivers: the output y of u (output_drives_input.v:5) and the input
module inverter(input a, output y); assign y = ~a; endmodule
module output_drives_input(input a, b, output y);
  inverter u(b, a);
  assign y = a;
endmodule
