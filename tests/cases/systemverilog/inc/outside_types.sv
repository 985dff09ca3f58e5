typedef struct packed { logic [3:0] high, low; } pair_t;
function automatic logic [7:0] joined(pair_t a);
  return {a.low, a.high};
endfunction
