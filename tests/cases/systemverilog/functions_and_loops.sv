// expectation: right: functions, tasks, loops with break and return, streaming
module functions_and_loops(input logic [7:0] a, output logic [3:0] count, leading, output logic [7:0] turned);
  function automatic logic [3:0] ones(input logic [7:0] v);
    ones = '0;
    foreach (v[i]) ones += 4'(v[i]);
  endfunction
  assign count = ones(a);
  always_comb begin
    leading = 4'd8;
    for (int i = 7; i >= 0; i--)
      if (a[i]) begin
        leading = 4'(7 - i);
        break;
      end
  end
  assign turned = {<<{a}};
endmodule
