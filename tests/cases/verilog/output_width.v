// expectation: warning: an output of two bits bound to four
// says: output_width.v:5: the port y of u has 2 bits and is bound to 4
module pair(input a, output [1:0] y); assign y = {2{a}}; endmodule
module output_width(input a, output [3:0] y);
  pair u(.a(a), .y(y));
endmodule
