"""Verilog from outside: what it reads, what of it is hardware, and what is wrong with it.

A user's file goes this way, in a process of its own: its includes are collected and the
preprocessor runs (`preprocessing`), what only simulates is left out (`simulation_only`), Yosys
elaborates it (`elaboration`), and the design is looked at for what no circuit can be (`faults`).
`reading.read_design` is the door: a netlist to be mapped, and warnings; or a refusal in one
sentence.
"""
