"""The ternary family: what its cores are made of, and how they are measured and scheduled."""
