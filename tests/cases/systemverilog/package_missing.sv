// expectation: refusal: a package that no file has
// says: package_missing.sv:3: there is no package absent
module package_missing import absent::*; (input logic a, output logic y); assign y = a ^ K; endmodule
