// expectation: refusal: a module is defined twice
// says: same_name_twice.v:4: the module same_name_twice is defined a second time
module same_name_twice(input a, output y); assign y = a; endmodule
module same_name_twice(input a, output y); assign y = ~a; endmodule
