// expectation: refusal: an include by its absolute path
// says: include_absolute.v:3: the include /etc/hostname is outside
`include "/etc/hostname"
module include_absolute(input a, output y); assign y = a; endmodule
