// expectation: right: letters of other languages in a name
module foreign_letters(input \größe , output y); assign y = ~\größe ; endmodule
