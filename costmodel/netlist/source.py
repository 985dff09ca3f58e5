"""A design as a text, in a language that Yosys reads."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Source"]


@dataclass(frozen=True)
class Source:
    """What is to be mapped.

    Attributes:
        text: of the design.
        language: ``rtlil`` or ``verilog``.
        top: the top module.
        rows: modules named like a bit heap's adder rows are such rows (`hw.bitheap.AdderRow`); only
            for designs of this project.
        scramble: a seed that renames everything, to see the noise of the flow; 0 leaves all names.
    """

    text: str
    language: str
    top: str
    rows: bool
    scramble: int = 0
