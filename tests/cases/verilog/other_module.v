// expectation: refusal: the file does not have the module
// says: other_module.v has no module other_module; did you mean other_modul?
module other_modul(input a, output y); assign y = a; endmodule
