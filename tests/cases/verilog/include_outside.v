// expectation: refusal: an include outside of the folder
// says: include_outside.v:3: the include ../outside.vh is outside of the source
`include "../outside.vh"
module include_outside(input a, output y); assign y = a; endmodule
