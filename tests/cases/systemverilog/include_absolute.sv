// expectation: refusal: an include by its absolute path
// says: include_absolute.sv:3: the include /etc/hostname is outside of
`include "/etc/hostname"
module include_absolute(input logic a, output logic y); assign y = ~a; endmodule
