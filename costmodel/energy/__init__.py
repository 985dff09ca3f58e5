"""What a mapped netlist spends at work: activity measured or estimated, and priced."""
