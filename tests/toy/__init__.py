"""A family of one adder, which the house does not know until a test joins it.

Its rooms hold all that *Add a family* (docs/add_a_family.md) asks for, and nothing else.
"""

from hw.families import Family

TOY = Family("toy", home="tests.toy")
