"""Whether a mapped netlist does what its source says: by SAT, and by simulation of the text."""
