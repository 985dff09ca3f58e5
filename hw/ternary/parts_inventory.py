"""What the parts of a core hold, in figures: tables, lanes, converters, the exit's rounding."""

from __future__ import annotations

from functools import cache

from hw.codec.inventory import decoder_counts
from hw.heap_counts import product_counts
from hw.ternary.cell import Cell
from hw.ternary.lane import MultiplyLane, SelectLane, widest
from hw.ternary.select import Selector
from hw.ternary.style import Style
from hw.ternary.table import alike_in_lowest_bit

__all__ = [
    "bank_counts",
    "converter_counts",
    "converter_decoder_counts",
    "entry_bits",
    "lane_counts",
    "lane_heap_counts",
    "table_counts",
]

Counts = dict[str, int]


@cache
def entry_bits(cell: Cell) -> int:
    """Bits of a table that columns share; the lowest one of entries that are alike in it once."""
    if cell.addition:
        return len(cell.entries) * cell.addition.bits
    lowest = len(alike_in_lowest_bit(cell.entries))
    return lowest + sum(entry.bits - 1 for entry in cell.entries)


def table_counts(cell: Cell, table_register: bool, reduce_register: bool) -> Counts:
    """What a `Table` holds.

    Returns:
        ``adders``, ``adder_bits`` (full adder positions of all of them), ``inverted_bits``
        (of what is subtracted), ``levels`` (adders on the longest path), ``longest_adder_bits``,
        ``entries``, ``entry_bits`` (see `entry_bits`), ``gate_bits`` (operand gating).
    """
    entries = cell.entries
    known = entries + cell.helpers
    made = [entry for entry in known if entry.operands]
    gated = not table_register and not reduce_register
    gates = cell.group * cell.operand.bits + sum((entry.rest >> 1).bit_count() for entry in entries)
    subtracted = [known[entry.operands[1]] for entry in made if entry.operands and entry.subtract]
    return {
        "adders": len(made),
        "adder_bits": sum(entry.bits - 1 for entry in made),
        "inverted_bits": sum(entry.bits for entry in subtracted),
        "levels": cell.depth,
        "longest_adder_bits": max((entry.bits - 1 for entry in made), default=0),
        "entries": len(entries),
        "entry_bits": entry_bits(cell),
        "gate_bits": gates if gated else 0,
    }


def bank_counts(cell: Cell, table_register: bool, reduce_register: bool) -> Counts:
    """What a `Bank` holds beside its table and lanes.

    Returns:
        ``register_bits`` (the table register), ``enable_bits`` (of them), ``gate_bits``
        (operand gating behind it, or of complements).
    """
    bits = entry_bits(cell)
    gated = not reduce_register
    complements = cell.lane.polarities > 1
    return {
        "register_bits": bits if table_register else 0,
        "enable_bits": bits if table_register else 0,
        "gate_bits": bits * (gated and table_register) + bits * (gated and complements),
    }


def lane_counts(cell: Cell, reduce_register: bool) -> Counts:
    """What a `Lane`, or a `FloatLane` that does not multiply, holds.

    Returns:
        ``select_bits`` (AND terms of the multiplexer, or of partial products), ``or_bits``
        (ORs of two of them), ``xor_bits`` (of the sign), ``decode_bits`` (bits of the index that
        the selects look at, in all), ``selects`` (decoded selects, one an entry, and those of
        lowest bits that entries share), ``or_levels`` (ORs on the longest path), ``gate_bits``,
        ``term_bits`` (of its rows), ``entries``.
    """
    if cell.addition or issubclass(cell.lane, SelectLane):
        return _select_counts(cell, gated=not reduce_register)
    bits = cell.operand.bits
    multiplies = cell.lane is MultiplyLane
    return {
        "select_bits": bits * bits if multiplies else 2 * bits,
        "or_bits": 0 if multiplies else bits,
        "xor_bits": 0,
        "decode_bits": 0 if multiplies else 2,
        "selects": bits if multiplies else 2,
        "or_levels": 0 if multiplies else 1,
        "gate_bits": 0,
        "term_bits": cell.term_bits,
        "entries": len(cell.entries),
    }


def _select_counts(cell: Cell, *, gated: bool) -> Counts:
    entries = cell.entries
    if cell.addition:
        shared: tuple[tuple[int, ...], ...] = ()
        widths = [cell.addition.bits] * len(entries)
        signs, gates = 1, 0
    else:
        shared = alike_in_lowest_bit(entries)
        widths = [entry.bits - 1 for entry in entries]
        signs, gates = widest(entries), int(gated)
    decode_bits, together = _decoding(cell.index_bits, len(entries), shared)
    lowest = sum(
        1 if joined else len(alike) for alike, joined in zip(shared, together, strict=True)
    )
    selected = lowest + sum(widths)
    return {
        "select_bits": selected,
        "or_bits": selected - cell.term_bits,
        "xor_bits": signs,
        "decode_bits": decode_bits,
        "selects": len(entries) + sum(together),
        "or_levels": max((len(entries) - 1).bit_length(), (max(lowest, 1) - 1).bit_length()),
        "gate_bits": gates,
        "term_bits": cell.term_bits,
        "entries": len(cell.entries),
    }


@cache
def _decoding(
    bits: int, entries: int, shared: tuple[tuple[int, ...], ...]
) -> tuple[int, tuple[bool, ...]]:
    """Bits that all selects look at, and of which shared lowest bits one select tells."""
    selector = Selector(bits, entries)
    telling = [selector.telling(alike) if len(alike) > 1 else 0 for alike in shared]
    together = tuple(0 < bits.bit_count() <= 2 for bits in telling)
    joint = sum(bits.bit_count() for bits, joined in zip(telling, together, strict=True) if joined)
    return _single(bits, entries) + joint, together


@cache
def _single(bits: int, entries: int) -> int:
    """Bits of the index that the selects of all entries look at."""
    selector = Selector(bits, entries)
    return sum(selector.telling([i]).bit_count() for i in range(entries))


def lane_heap_counts(cell: Cell) -> Counts:
    """What the tree of a `MultiplyLane` holds: full_adders, half_adders, levels."""
    heap = product_counts(cell.operand.bits)
    return {name: heap[name] for name in ("full_adders", "half_adders", "levels")}


def converter_counts(style: Style) -> Counts:
    """What a `Converter` holds beside its decoder.

    Returns:
        ``xor_bits`` and ``adder_bits`` (of the negation), ``exponent_adder_bits``,
        ``shift_stages``, ``shifter_bits`` (2:1 multiplexers of all stages), ``operand_bits``.
    """
    form = style.number
    bits, width, stages = form.significand_bits + 1, style.operand.bits, form.exponent_bits
    if style.name == "exact":
        shifter = sum(min(width, bits + (1 << i + 1) - 1) for i in range(stages))
        differences = stages
    else:
        shifter = stages * width
        differences = 2 * stages + 1
    return {
        "xor_bits": form.significand_bits,
        "adder_bits": bits,
        "exponent_adder_bits": differences,
        "shift_stages": stages,
        "shifter_bits": shifter,
        "operand_bits": width,
    }


def converter_decoder_counts(style: Style) -> Counts:
    """What the decoder in a `Converter` holds; see `hw.codec.inventory`."""
    return decoder_counts(style.number)
