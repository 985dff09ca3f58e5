"""What the parts of a core in floating point hold, in figures."""

from __future__ import annotations

from costmodel.inventory.floats import adder_counts, multiplier_counts, widen_counts
from costmodel.ternary.cell import Cell
from hw.ternary.lane import MultiplyLane
from hw.ternary.style import Arithmetic

__all__ = [
    "adder_parts",
    "float_table_counts",
    "multiplier_parts",
    "turn_bits",
    "waiting_words",
    "widen_parts",
]

Counts = dict[str, int]


def float_table_counts(cell: Cell, style: Arithmetic, table_register: bool) -> Counts:
    """What a `FloatTable` holds beside its adders.

    Returns:
        ``adders``, ``levels``, ``entries``, ``entry_bits``, ``register_bits``: entries that wait
        for later ones, and the table register.
    """
    entries, stages = cell.entries, style.adder_stages
    # What waits for the table's end serves all that are made of it on the way.
    late = [(cell.depth - entry.depth) * stages + table_register for entry in entries]
    bits = style.addition.bits
    return {
        "adders": sum(entry.operands is not None for entry in entries),
        "levels": cell.depth,
        "entries": len(entries),
        "entry_bits": len(entries) * bits,
        "register_bits": sum(late) * bits,
        "enable_bits": sum(late) * bits,
    }


def waiting_words(luts: int) -> int:
    """Terms that wait for a level of the tree of adders, an odd one out on each, in all levels."""
    waiting = 0
    while luts > 1:
        waiting += luts % 2
        luts -= luts // 2
    return waiting


def turn_bits(stages: int) -> int:
    """Flip-flops that count turns of a loop with so many registers."""
    return 2 * (stages - 1).bit_length() if stages > 1 else 0


def widen_parts(style: Arithmetic) -> dict[str, Counts]:
    """What the modules that widen activations and sums hold, where there are such."""
    parts: dict[str, Counts] = {}
    steps = {
        "widen": (style.number, style.addition),
        "widen_sum": (style.addition, style.accumulation),
    }
    for name, (narrow, wide) in steps.items():
        if narrow != wide:
            decoder, encoder = widen_counts(narrow, wide)
            parts |= {f"{name}_decoder": decoder, f"{name}_encoder": encoder}
    return parts


def multiplier_parts(cell: Cell, style: Arithmetic) -> dict[str, Counts]:
    """What the modules of a multiplying lane hold; none where lanes select."""
    if cell.lane is not MultiplyLane:
        return {}
    return multiplier_counts(style.addition, style.adder_stages)


def adder_parts(style: Arithmetic) -> dict[str, Counts]:
    """What the adders of table, tree and accumulator hold."""
    added = adder_counts(style.addition, style.adder_stages)
    return {
        "table_adder": added,
        "reduce_adder": added,
        "accumulate_adder": adder_counts(style.accumulation, style.adder_stages),
    }
