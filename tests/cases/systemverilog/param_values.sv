// expectation: right: parameters of the top module from the command line
// given: --param W=4 --param "MASK=4'hc" --param MODE=modes::FLIP --param 'NAME="fast"'
package modes;
  typedef enum logic [1:0] {KEEP, FLIP} mode_t;
endpackage
module param_values #(
    parameter int W,
    parameter logic [W-1:0] MASK = '0,
    parameter modes::mode_t MODE = modes::KEEP,
    parameter string NAME = "slow"
) (input logic [W-1:0] a, output logic [W-1:0] y);
  if (NAME == "fast") assign y = (MODE == modes::FLIP ? ~a : a) & MASK;
  else assign y = '0;
endmodule
