// expectation: refusal: another module than those in the file
// says: has no module top_missing; did you mean top_misssing?
module top_misssing(input logic a, output logic y); assign y = a; endmodule
