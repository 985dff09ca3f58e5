"""What SIMD units hold, module by module: counted from the widths that their circuits have.

A unit's modes are a set of pairs of formats, so nothing here is a closed formula of numbers: each
design is counted by itself, from the same functions that its circuit takes its widths from.
"""

from __future__ import annotations

from functools import lru_cache

from costmodel.inventory.codecs import count_bits, encoder_counts
from costmodel.inventory.floats import adder_counts
from hw.bitheap import Plan, plan
from hw.formats import Float, Integer, Posit
from hw.simd import SimdMac
from hw.simd.configuration import Sums
from hw.simd.dot import dot_bits, dot_pairs, dot_term_bits
from hw.simd.multiplier import partial_products, product_bits
from hw.simd.normalizer import exponents, kept_bits
from hw.simd.numbers import Number
from hw.simd.operand import lane_pairs
from hw.simd.ports import flags, scale_bits
from hw.simd.scaler import scaled_bits
from hw.simd.scales import scaled_modes, shift_bits, significand_bits, windows
from hw.simd.shifter import distance_bits, quarters, term_bits
from hw.simd.stages import cuts
from hw.simd.unpack import Side

__all__ = ["ADDER", "Counts", "counts", "dot_plan", "multiplier_plan", "scaler_plan", "sides"]

#: Quantities by module, of the whole unit.
Counts = dict[str, dict[str, int]]

#: Quantities of an adder of floats (`costmodel.inventory.floats.adder_counts`).
ADDER = ("align_bits", "adder_bits", "count_bits", "normalise_bits", "rounding_bits")
_KEPT = 4096  # designs whose counts are remembered


@lru_cache(_KEPT)
def counts(unit: SimdMac) -> Counts:
    """The quantities of a unit's modules."""
    return {
        "unpack": _unpack(unit),
        "multiplier": _multiplier(unit),
        "shifter": _shifter(unit),
        "dot": _dot(unit),
        "scaler": _scaler(unit),
        "accumulator": _accumulator(unit),
        "normalizer": _normalizer(unit),
        "encoder": _encoder(unit),
        "adder": _adder(unit),
        "core": _core(unit),
    }


def sides(unit: SimdMac) -> tuple[Side, Side]:
    """Both operands."""
    return Side(unit, "a"), Side(unit, "b")


def _unpack(unit: SimdMac) -> dict[str, int]:
    total: dict[str, int] = dict.fromkeys(
        ("float_bits", "integer_bits", "posit_bits", "gated_bits"), 0
    )
    for side in sides(unit):
        for quarter in side.quarters:
            formats = side.formats(quarter)
            for number, pairs in formats.items():
                kind, bits = _decoding(number)
                total[kind] += bits
                if len(pairs) < len(unit.modes):
                    width = side.largest_exponent(quarter, number).bit_length()
                    total["gated_bits"] += number.significand_bits + width + 1
    return {name: value * unit.slices for name, value in total.items()}


def _decoding(number: Number) -> tuple[str, int]:
    """What kind of decoder takes a format apart, and how large it is."""
    form = number.form
    if isinstance(form, Posit):  # a complement, and a shifter of as many stages as bits need
        return "posit_bits", form.bits * (2 + (form.bits - 1).bit_length())
    if isinstance(form, Integer):
        return "integer_bits", form.bits
    assert isinstance(form, Float)
    return "float_bits", form.bits


@lru_cache(_KEPT)
def multiplier_plan(unit: SimdMac) -> Plan:
    """The compressor tree of a slice's partial products."""
    columns: list[list[int]] = [[] for _ in range(32)]
    for i, j in partial_products(unit):
        columns[i + j].append(0)
    while columns and not columns[-1]:
        columns.pop()
    return plan(columns)


def _multiplier(unit: SimdMac) -> dict[str, int]:
    tree, width = multiplier_plan(unit), product_bits(unit)
    lanes = {pair.lane for pair in unit.modes}
    return {
        "full_adders": tree.full_adders * unit.slices,
        "half_adders": tree.half_adders * unit.slices,
        "and_bits": len(partial_products(unit)) * unit.slices,
        "carry_bits": sum(len(column) > 1 for column in tree.columns) * unit.slices,
        "gate_bits": 16 * (len(lanes) - 1) * unit.slices,
        "register_bits": 2 * width * unit.slices * ("rows" in cuts(unit)),
    }


def _shifter(unit: SimdMac) -> dict[str, int]:
    side_a, side_b = sides(unit)
    multiplexers = gates = 0
    for quarter in quarters(unit):
        starting = [pair for pair in unit.modes if quarter in pair.starts]
        width = max(pair.product_bits for pair in starting)
        most = side_a.offset(quarter) + side_b.offset(quarter) + term_bits(unit, quarter)
        gates += width
        for stage in range(distance_bits(unit, quarter)):
            width = min(width + (1 << stage), most)
            multiplexers += width
    adders = sum(distance_bits(unit, quarter) for quarter in quarters(unit))
    return {
        "mux_bits": multiplexers * unit.slices,
        "gate_bits": gates * unit.slices,
        "exponent_adder_bits": adders * unit.slices,
    }


@lru_cache(_KEPT)
def dot_plan(unit: SimdMac) -> Plan | None:
    """The compressor tree of a dot product; None where there is none."""
    if not dot_pairs(unit):
        return None
    columns: list[list[int]] = [[] for _ in range(dot_bits(unit))]
    for quarter in quarters(unit):
        if width := dot_term_bits(unit, quarter):
            for _ in range(unit.slices):
                for bit in range(min(width + 1, len(columns))):
                    columns[bit].append(0)
                columns[0].append(0)
    return plan(columns)


def _dot(unit: SimdMac) -> dict[str, int]:
    names = ("term_bits", "full_adders", "half_adders", "carry_bits")
    if (tree := dot_plan(unit)) is None:
        return dict.fromkeys(names, 0)
    terms = sum(dot_term_bits(unit, quarter) for quarter in quarters(unit)) * unit.slices
    carry = dot_bits(unit) + sum(len(column) > 1 for column in tree.columns)
    return dict(zip(names, (terms, tree.full_adders, tree.half_adders, carry), strict=True))


def _scaler(unit: SimdMac) -> dict[str, int]:
    """What multiplies the sum of an operation with the scales of blocks."""
    names = ("row_bits", "full_adders", "half_adders", "carry_bits", "mux_bits", "code_bits")
    if not scaled_modes(unit):
        return dict.fromkeys(names, 0)
    counts = dict.fromkeys(names, 0)
    width, rows = dot_bits(unit), significand_bits(unit)
    if (tree := scaler_plan(unit)) is not None:
        counts |= {"full_adders": tree.full_adders, "half_adders": tree.half_adders}
        counts["carry_bits"] = rows + sum(len(column) > 1 for column in tree.columns)
    word = width - 1 + (rows if rows > 1 else 0)
    for stage in range(shift_bits(unit)):
        word = min(word + (1 << stage), scaled_bits(unit) - 1)
        counts["mux_bits"] += word
    codes = scale_bits(unit, "a") + scale_bits(unit, "b")
    return counts | {"row_bits": width * rows, "code_bits": codes}


@lru_cache(_KEPT)
def scaler_plan(unit: SimdMac) -> Plan | None:
    """The compressor tree of a sum times a significand; None where there is none."""
    if not scaled_modes(unit) or (rows := significand_bits(unit)) == 1:
        return None
    width = dot_bits(unit)
    columns: list[list[int]] = [[] for _ in range(width + rows)]
    for row in range(rows):
        for bit in range(width):
            columns[row + bit].append(0)
    return plan(columns)


def _accumulator(unit: SimdMac) -> dict[str, int]:
    operands = unit.accumulator_bits * unit.accumulators
    bits = operands if unit.sum_format is None else unit.sum_format.bits
    gated = 0
    for pair in unit.modes:
        lanes = pair.starts if pair in lane_pairs(unit) else ()
        gated += sum(min(unit.lane_bits(pair), pair.largest.bit_length()) for _ in lanes)
    if dot_pairs(unit):
        gated += scaled_bits(unit)
    return {
        "sum_bits": bits,
        "gate_bits": gated * unit.accumulators,
        "register_bits": operands * ("summed" in cuts(unit)),
        "fields": unit.fields * unit.accumulators,
        "note_bits": len(flags(unit)) * unit.fields * unit.accumulators,
    }


def _normalizer(unit: SimdMac) -> dict[str, int]:
    """What brings sums to the form in which they are rounded, of all accumulators."""
    names = ("mux_bits", "select_bits", "count_bits", "register_bits")
    if unit.result_format is None:
        return dict.fromkeys(names, 0)
    kept = kept_bits(unit.result_format)
    rest, multiplexers = unit.accumulator_bits - 1, 0
    for stage in reversed(range(rest.bit_length())):
        rest = max(kept, min(rest, (1 << stage) - 1 + kept))
        multiplexers += rest
    lanes = {unit.sharing(pair) for pair in unit.modes}
    low, high = exponents(unit, kept)
    registered = kept + (high - low).bit_length() + 3
    counts = {
        "mux_bits": multiplexers,
        "select_bits": unit.accumulator_bits * sum(number > 1 for number in lanes),
        "count_bits": count_bits(unit.accumulator_bits),
        "register_bits": registered * ("normalised" in cuts(unit)),
    }
    return {name: value * unit.accumulators for name, value in counts.items()}


def _encoder(unit: SimdMac) -> dict[str, int]:
    """What rounds sums to codes, of all accumulators."""
    form = unit.result_format
    names = ("shifter_bits", "count_bits", "rounding_bits", "exponent_bits")
    if form is None:
        return dict.fromkeys(names, 0)
    kept = kept_bits(form)
    low, high = exponents(unit, kept)
    if isinstance(form, Float):
        codec = encoder_counts(form, kept, (low, high))
        counts = {name: codec[name] for name in names}
    else:
        counts = {
            "shifter_bits": kept * (form.bits - 2).bit_length(),
            "count_bits": 0,
            "rounding_bits": form.bits - 1,
            "exponent_bits": (high - low).bit_length(),
        }
    return {name: value * unit.accumulators for name, value in counts.items()}


def _adder(unit: SimdMac) -> dict[str, int]:
    """What adds to sums that are floats."""
    if unit.sum_format is None:
        return dict.fromkeys(ADDER, 0)
    counts = adder_counts(unit.sum_format, 0)
    return {name: counts[name] for name in ADDER}


def _core(unit: SimdMac) -> dict[str, int]:
    marks = unit.pair_bits + (unit.sums is Sums.BOTH) + 3  # first, last, and whether they count
    side_a, side_b = sides(unit)
    significands = sum(bool(side.used(bit)) for side in (side_a, side_b) for bit in range(16))
    distances = sum(distance_bits(unit, quarter) for quarter in quarters(unit))
    signs = sum(1 + len(flags(unit, quarter)) for quarter in quarters(unit))
    terms = sum(term_bits(unit, quarter) for quarter in quarters(unit))
    scales = codes = 0  # of both operands, once for all slices
    if scaled_modes(unit):
        scales = significand_bits(unit) + shift_bits(unit) + 1 + bool(windows(unit))
        codes = scale_bits(unit, "a") + scale_bits(unit, "b")
    widths = {
        "given": 2 * 16,
        "unpacked": significands + distances + signs,
        "rows": distances + signs,
        "multiplied": product_bits(unit) + distances + signs,
        "shifted": terms + signs,
    }
    places = [cut for cut in cuts(unit) if cut in widths]
    registers = sum(
        widths[cut] * unit.slices + marks + (codes if cut == "given" else scales) for cut in places
    )
    if unit.sum_format is not None and "rounded" in cuts(unit):
        behind = ("summed", "halved", "normalised", "rounded")  # first, last and valid pass them
        registers += unit.sum_format.bits + 3 * sum(cut in behind for cut in cuts(unit))
    return {"register_bits": registers, "pairs": len(unit.modes), "sign_bits": signs * unit.slices}
