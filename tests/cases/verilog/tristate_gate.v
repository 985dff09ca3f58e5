// expectation: refusal: a three-state gate
// says: tristate_gate.v:3: a three-state driver
module tristate_gate(input en, a, output y); bufif1 gate(y, a, en); endmodule
