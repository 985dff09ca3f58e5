// sources of the list's design
-f more.f          # another list, relative to this one
+incdir+../inc+rtl
+define+LIST_WIDTH=5+LIST_INVERT
-sv
rtl/by_list.sv /* the top */
