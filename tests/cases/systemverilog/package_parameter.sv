// expectation: right: a package with parameters, functions and types of them
package sizes;
  parameter int W = 6;
  localparam int HALF = W / 2;
  typedef logic [W-1:0] word;
  function automatic word swap(word a);
    return {a[HALF-1:0], a[W-1:HALF]};
  endfunction
endpackage
module package_parameter import sizes::*; (input word a, output word y);
  assign y = swap(a) + sizes::W;
endmodule
