// expectation: right: a module without ports
module nothing; endmodule
