// expectation: refusal: a file that includes itself
// says: include_itself.v: its macros and includes do not come to an end
`include "include_itself.v"
module include_itself(input a, output y); assign y = a; endmodule
