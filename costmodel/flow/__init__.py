"""From a design to a mapped, sized and timed netlist, and the figures of that."""
