-I ../inc/deep
-D LIST_KEY=5'd9
"rtl/part of list.sv"
