// expectation: refusal: a three-state driver
// says: tristate.v:4: a three-state driver
// after: YosysHQ/yosys ($tribuf)
module tristate(input en, a, output y); assign y = en ? a : 1'bz; endmodule
