// expectation: refusal: a name with a byte that is no character
// says: its names have characters that are not in UTF-8
module foreign_bytes(input \grösse , output y); assign y = ~\grösse ; endmodule
