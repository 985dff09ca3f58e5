"""What a design is: number formats, configurations and the Amaranth components they describe.

`hw` imports no simulator and no numpy model, so that a circuit and its golden model can share a
definition (a format's width, a key's code) but never an algorithm.
"""

#: The version of macsmith, its one place: packaging reads it and everything generated carries it.
__version__ = "0.1.0"
