"""The ternary family at the front door: its words, and what only its cores have."""
