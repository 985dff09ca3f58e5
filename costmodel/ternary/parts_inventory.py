"""What the parts of a core hold, in figures: tables, lanes, converters."""

from __future__ import annotations

from functools import cache

from costmodel.inventory.codecs import decoder_counts
from costmodel.inventory.heaps import product_counts
from costmodel.ternary.cell import Cell
from hw.bitheap import compress
from hw.ternary.choices import Style
from hw.ternary.lane import MultiplyLane, SelectLane, widest
from hw.ternary.select import Selector
from hw.ternary.style import Arithmetic
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
        ``adders``, ``adder_bits`` (positions of all of them), and of these positions
        ``lowest_bits`` (the lowest ones, those of entries that are alike in their lowest bit once),
        ``full_bits`` (above them, where both operands have a bit) and ``padded_bits`` (where one
        has none); ``levels`` (adders on the longest path), ``longest_adder_bits``, ``entries``,
        ``entry_bits`` (see `entry_bits`), ``gate_bits`` (operand gating).
    """
    entries = cell.entries
    known = entries + cell.helpers
    made = [entry for entry in known if entry.operands]
    gated = not table_register and not reduce_register
    gates = cell.group * cell.operand.bits + sum((entry.rest >> 1).bit_count() for entry in entries)
    positions = sum(entry.bits - 1 for entry in made)
    both = sum(min(known[i].bits for i in entry.operands or ()) for entry in made)
    return {
        "adders": len(made),
        "adder_bits": positions,
        "full_bits": both - len(made),
        "padded_bits": positions - both,
        "lowest_bits": len(alike_in_lowest_bit(tuple(made))),
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
        ``select_bits`` (AND terms of the multiplexer, or of those partial products that are not
        the same: all rows but the first and the last one are one word, shifted), ``or_bits``
        (ORs of two of them), ``xor_bits`` (of the sign), ``decode_bits`` (bits of the index that
        the selects look at, in all), ``half_decodes`` (ANDs of the bits in half an index, which
        selects can share), ``selects`` (decoded selects, one an entry, and those of
        lowest bits that entries share), ``or_levels`` (ORs on the longest path), ``gate_bits``,
        ``term_bits`` (of its rows), ``live_bits`` (those of them that are not constant),
        ``entries``.
    """
    if cell.addition or issubclass(cell.lane, SelectLane):
        return _select_counts(cell, gated=not reduce_register)
    bits = cell.operand.bits
    multiplies = cell.lane is MultiplyLane
    return {
        "select_bits": min(bits, 3) * bits if multiplies else 2 * bits,
        "or_bits": 0 if multiplies else bits,
        "xor_bits": 0,
        "decode_bits": 0 if multiplies else 2,
        "half_decodes": 0,
        "selects": bits if multiplies else 2,
        "or_levels": 0 if multiplies else 1,
        "gate_bits": 0,
        "term_bits": cell.term_bits,
        "live_bits": bits * bits - product_counts(bits)["full_adders"]
        if multiplies
        else cell.term_bits,
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
        "half_decodes": _half_decodes(cell.index_bits, len(entries)),
        "selects": len(entries) + sum(together),
        "or_levels": max((len(entries) - 1).bit_length(), (max(lowest, 1) - 1).bit_length()),
        "gate_bits": gates,
        "term_bits": cell.term_bits,
        "live_bits": cell.term_bits,
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
    return sum(telling.bit_count() for telling in _telling(bits, entries))


@cache
def _telling(bits: int, entries: int) -> tuple[int, ...]:
    selector = Selector(bits, entries)
    return tuple(selector.telling([i]) for i in range(entries))


@cache
def _half_decodes(bits: int, entries: int) -> int:
    """ANDs of two and more bits in one half of the index, of selects that look at more than two.

    Selects that agree in a half can share what is made of it.
    """
    low = (1 << bits // 2) - 1
    shared = {
        (half, i & half)
        for i, telling in enumerate(_telling(bits, entries))
        for half in (telling & low, telling & ~low)
        if telling.bit_count() > 2 and half.bit_count() > 1
    }
    return len(shared)


def lane_heap_counts(cell: Cell) -> Counts:
    """What the tree of a `MultiplyLane` holds.

    Returns:
        ``full_adders``, ``half_adders``, ``levels``, ``merged_adders`` (full adders without those
        of which another one adds the same bits).
    """
    heap = product_counts(cell.operand.bits)
    counts = {name: heap[name] for name in ("full_adders", "half_adders", "levels")}
    return counts | {"merged_adders": _merged_adders(cell.operand.bits)}


@cache
def _merged_adders(bits: int) -> int:
    """Full adders of a multiplying lane's tree, of those that add the same bits one.

    All rows of the array but the first and the last one are the same word, shifted: so are many of
    the sums and carries in it. Synthesis sees that where adders become gates.
    """
    columns = [
        [row for row in range(bits) if 0 <= weight - row < bits] for weight in range(2 * bits)
    ]
    products = [
        ((row > 0) + (row == bits - 1), weight - row)
        for weight, rows in enumerate(columns)
        for row in rows
    ]
    heap = product_counts(bits)
    arrivals = [[0] * len(rows) for rows in columns]
    tree = compress(arrivals, heap["levels"], 2 * bits - 1 - heap["second_row_bits"])
    names: dict[int, object] = dict(enumerate(products))  # bits of one name are the same
    full = set()
    for adder in tree.adders:
        inputs = frozenset(names[bit] for bit in adder.inputs)
        names |= {adder.sum: ("sum", inputs), adder.carry: ("carry", inputs)}
        if len(adder.inputs) == 3:
            full.add(inputs)
    return len(full)


def converter_counts(style: Arithmetic) -> Counts:
    """What a `Converter` holds beside its decoder.

    Returns:
        ``xor_bits`` and ``adder_bits`` (of the negation), ``exponent_adder_bits``,
        ``shift_stages``, ``shifter_bits`` (2:1 multiplexers of all stages), ``operand_bits``.
    """
    form = style.number
    bits, width, stages = form.significand_bits + 1, style.operand.bits, form.exponent_bits
    if style.name is Style.EXACT:
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


def converter_decoder_counts(style: Arithmetic) -> Counts:
    """What the decoder in a `Converter` holds; see `costmodel.inventory.codecs`."""
    return decoder_counts(style.number)
