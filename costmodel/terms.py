"""What area, energy and leakage are made of: the inventory's quantities, part by part.

A part of a core is one or several modules that synthesis tells apart. What it costs is a sum over
them of their number times what one of them costs, and that is linear in what it holds: a
coefficient a full adder, a flip-flop, a selected bit. Modules that are alike (the adders of table,
tree and accumulator) share coefficients.

Here is which quantities each part is made of, and nothing about technologies: `costmodel.fit` finds
the coefficients, `costmodel.estimate` applies them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from costmodel.broadcast import total
from costmodel.liveness import liveness
from hw.ternary.inventory import Inventory
from hw.ternary.unpack_inventory import DECODERS

__all__ = ["PARTS", "Part", "Terms", "cost", "modules_of", "part_of", "terms"]

Array = NDArray[np.float64]
Coefficients = Mapping[str, float]

_FEW = 1 << 16  # counts, that are compared with others
_DRIVEN = 40  # lanes that an entry drives by itself, and not by buffers
ONE = "one"  # the module itself, whatever it holds
_IDLE = "idle"  # no module: its count is the share of operands that is


@dataclass(frozen=True)
class Term:
    """A module's share of a part.

    Attributes:
        module: of the inventory, or one that `_further` adds.
        kind: of the coefficients; modules of a kind share them.
        quantities: what it is made of.
        lively: what toggles in it is operands, which may in part be idle (`costmodel.liveness`).
    """

    module: str
    kind: str
    quantities: tuple[str, ...]
    lively: bool = False


@dataclass(frozen=True)
class Part:
    """Modules that are measured and fitted together.

    Attributes:
        measured: how the modules of a synthesized design begin, without the design's name.
        terms: of which its area is made.
        working: of which its energy is made, where that is something else.
    """

    measured: tuple[str, ...]
    terms: tuple[Term, ...]
    working: tuple[Term, ...] = ()


_ADDER = (
    ONE,
    "significand_bits",
    "compare_bits",
    "align_bits",
    "count_bits",
    "normalise_bits",
    "exponent_adder_bits",
    "register_bits",
)
_ENCODER = (ONE, "word_bits", "count_bits", "shifter_bits", "rounding_bits", "room_bits")
_DECODER = (ONE, "exponent_bits", "special_bits")

#: The parts of all cores, by names as in `hw.ternary.parts.PARTS` where they are the same.
PARTS: Mapping[str, Part] = {
    "table": Part(
        ("table", "bank", "widen"),
        (
            Term(
                "table",
                "table",
                (
                    "full_bits",
                    "lowest_bits",
                    "padded_bits",
                    "gate_bits",
                    "entry_bits",
                    "driven_loads",
                ),
            ),
            Term("bank", "bank", ("register_bits", "gate_bits")),
            Term("held_entries", "held_entries", ("register_bits",)),
            Term("widen_decoder", "widen_decoder", _DECODER),
            Term("widen_encoder", "widen_encoder", _ENCODER),
        ),
        (
            Term(
                "table",
                "table",
                ("adder_bits", "deep_bits", "long_bits", "gate_bits", "entry_bits"),
                True,
            ),
            Term("bank", "bank", ("register_bits",)),
            Term("bank", "bank_data", ("register_bits", "gate_bits"), True),
            Term("held_entries", "held_entries", ("register_bits",)),
            Term("fanout_terms", "fanout_terms", ("entry_loads",), True),
            Term("fanout_flips", "fanout_flips", ("entry_loads",), True),
            Term("fanout_arrays", "fanout_arrays", ("entry_loads", "further_loads"), True),
            Term("widen_decoder", "widen_decoder", _DECODER),
            Term("widen_encoder", "widen_encoder", _ENCODER),
        ),
    ),
    "unpack": Part(
        ("unpack",),
        (
            Term("unpack", "unpack", ("flags",)),
            Term("unpack_word", "unpack_word", tuple(DECODERS)),
            Term("unpack_group", "unpack_group", (ONE, "adder_bits", "trits")),
        ),
    ),
    "select": Part(
        ("lane",),
        (
            Term(
                "lane_select",
                "lane_select",
                (
                    "select_bits",
                    "or_bits",
                    "xor_bits",
                    "decode_bits",
                    "half_decodes",
                    "selects",
                    "gate_bits",
                ),
            ),
            Term("lane_signflip", "lane_signflip", (ONE, "select_bits")),
            Term("lane_array", "lane_array", ("select_bits",)),
            Term("lane/heap", "lane_heap", ("full_adders", "half_adders", "merged_adders")),
        ),
        (
            Term("lane_select", "lane_select", (ONE, "selects")),
            Term("lane_select", "lane_terms", ("term_bits", "path_bits"), True),
            Term("lane_signflip", "lane_signflip", (ONE,)),
            Term("lane_signflip", "lane_terms_flipped", ("select_bits",), True),
            Term("lane_array", "lane_array", ("select_bits", "live_bits")),
            Term("lane/heap", "lane_heap", ("full_adders", "merged_adders")),
        ),
    ),
    "multiply": Part(
        ("multiplier",),
        (
            Term("multiplier", "multiplier", (ONE, "product_bits", "carry_bits", "register_bits")),
            Term("multiplier/heap", "heap", ("full_adders", "half_adders")),
            Term("multiplier_decoder", "multiplier_decoder", ("exponent_bits", "special_bits")),
            Term("multiplier_encoder", "multiplier_encoder", _ENCODER[1:]),
        ),
    ),
    "column": Part(
        ("column", "sums", "widen_sum"),
        (
            Term("column/heap", "heap", ("full_adders", "half_adders")),
            Term(
                "column",
                "column",
                (
                    ONE,
                    "register_bits",
                    "enable_bits",
                    "gate_bits",
                    "mux_bits",
                    "carry_bits",
                    "parity_bits",
                    "accumulate_bits",
                ),
            ),
            Term("widen_sum_decoder", "widen_decoder", _DECODER),
            Term("widen_sum_encoder", "widen_encoder", _ENCODER),
        ),
        (
            Term("heap_terms", "heap_terms", ("full_adders",), True),
            Term("heap_flips", "heap_flips", ("full_adders",), True),
            Term("heap_arrays", "heap_arrays", ("full_adders", "live_adders")),
            Term("column", "column", (ONE, "register_bits", "enable_bits", "mux_bits")),
            Term("busy", "busy", ("sum_bits", "total_bits"), True),
            Term("widen_sum_decoder", "widen_decoder", _DECODER),
            Term("widen_sum_encoder", "widen_encoder", _ENCODER),
        ),
    ),
    "adder": Part(
        ("table_adder", "reduce_adder", "accumulate_adder"),
        tuple(
            Term(f"{place}_adder", "adder", _ADDER) for place in ("table", "reduce", "accumulate")
        ),
    ),
    "convert": Part(
        ("converter", "decoder"),
        (
            Term("converter", "converter", (ONE, "adder_bits", "shifter_bits", "operand_bits")),
            Term("decoder", "decoder", ("exponent_bits", "special_bits")),
        ),
    ),
    "control": Part(
        ("", "core", "exit", "sequencer"),
        (
            Term("exit", "exit", ("register_bits", "enable_bits", "select_bits")),
            Term("exit_scaling", "exit_scaling", ("adder_bits", "and_bits", "carry_bits")),
            Term("exit_scaling/heap", "exit_heap", ("full_adders", "half_adders")),
            Term("exit_decoder", "exit_decoder", ("exponent_bits", "special_bits")),
            Term("exit_rounding", "exit_rounding", ("adder_bits", "sticky_bits", "mux_bits")),
            Term("exit_encoder", "exit_encoder", _ENCODER),
            Term("core", "core", (ONE, "register_bits", "note_inputs", "restart_loads")),
        ),
        (
            Term("exit", "exit", ("register_bits", "enable_bits", "select_bits")),
            Term("core", "core", (ONE, "register_bits", "note_inputs")),
            Term("keys", "keys", (ONE, "key_bits", "sign_loads")),
            Term("activations", "activations", (ONE, "activation_bits")),
            Term("open_lanes", "open_lanes", ("operand_bits",), True),
            Term("open_tables", "open_tables", ("adder_bits",), True),
            Term("starts", "starts", ("mux_bits",)),
            Term("results", "results", ("select_bits",)),
            Term("scaled", "scaled", ("adder_bits", "full_adders")),
            Term("rounded", "rounded", ("shifter_bits", "count_bits", "mux_bits")),
        ),
    ),
    "buffers": Part(
        ("buffers",),
        (
            Term("fanout", "fanout", ("entry_loads", "key_loads")),
            Term("core", "core", ("restart_loads", "lane_loads")),
        ),
    ),
}


def part_of(module: str) -> str:
    """The part that a module of a synthesized design belongs to.

    Args:
        module: its name without the design's in front, such as ``lane`` or ``column/heap``.

    Raises:
        LookupError: it belongs to none.
    """
    whole = {name: part for part, each in PARTS.items() for name in each.measured}
    stem = module.partition("/")[0]
    while stem not in whole and "_" in stem:
        stem = stem.rpartition("_")[0]
    if stem not in whole:
        raise LookupError(f"no part of the cost model has a module {module!r}")
    return whole[stem]


@dataclass(frozen=True)
class Terms:
    """A part's terms for some configurations; arrays of the least shape that tells all.

    Attributes:
        count: how many of a module there are.
        quantities: of one of them, by the name of their coefficient.
    """

    count: NDArray[Any]
    quantities: Mapping[str, NDArray[Any]]


def modules_of(inventory: Inventory) -> dict[str, Terms]:
    """What terms are about: the modules of an inventory, and further ones made of them.

    Among these ``idle``, which counts what share of the operands is so.
    """
    modules = {
        name: Terms(module.count, module.quantities) for name, module in inventory.modules.items()
    }
    arithmetic = inventory.arithmetic
    idle = 1 - np.array([liveness(style) for style in arithmetic.levels])[arithmetic.codes]
    return modules | _further(inventory) | {_IDLE: Terms(idle, {})}


def terms(part: str, modules: Mapping[str, Terms], *, working: bool = False) -> Iterator[Terms]:
    """The terms of a part, without those of which there is none.

    Args:
        part: one of `PARTS`.
        modules: of the configurations, `modules_of`.
        working: of its energy, not of its area.
    """
    chosen = PARTS[part]
    for term in chosen.working if working and chosen.working else chosen.terms:
        module = modules.get(term.module)
        if module is None:
            continue
        held = {ONE: np.ones(())} | dict(module.quantities)
        quantities = {
            f"{part}.{term.kind}.{quantity}": held[quantity]
            for quantity in term.quantities
            if quantity in held
        }
        if term.lively:
            quantities = _parted(quantities, modules[_IDLE].count)
        yield Terms(module.count, quantities)


def _parted(quantities: Mapping[str, Array], idle: Array) -> Mapping[str, Array]:
    """Bits that are at work, and those that are idle, which have costs of their own."""
    if not idle.any():
        return quantities
    working = {name: (1 - idle) * number for name, number in quantities.items()}
    return working | {f"{name}.idle": idle * number for name, number in quantities.items()}


def cost(
    shares: Mapping[str, float],
    modules: Mapping[str, Terms],
    coefficients: Coefficients,
    *,
    working: bool = False,
) -> NDArray[Any]:
    """What parts cost together: coefficients times quantities times counts, summed.

    Args:
        shares: by part (`PARTS`), what its cost is multiplied by.
        modules: of the configurations, `modules_of`.
        coefficients: by name; absent ones are 0.
        working: their energy, not their area.
    """
    # What is there equally often is summed before it is multiplied: a column's share of everything,
    # say, and then once by the number of columns.
    alike: dict[tuple[Any, ...], tuple[NDArray[Any], list[NDArray[Any]]]] = {}
    for part, share in shares.items():
        for term in terms(part, modules, working=working):
            each = [
                share * weight * quantity
                for name, quantity in term.quantities.items()
                if (weight := coefficients.get(name, 0.0))
            ]
            if each:
                count = np.asarray(term.count)
                key = (count.shape, count.tobytes() if count.size <= _FEW else id(term.count))
                alike.setdefault(key, (count, []))[1].extend(each)
    return total(count * total(each) for count, each in alike.values())


def _further(inventory: Inventory) -> dict[str, Terms]:
    """Modules that stand for kinds of lanes, for nets with many readers, and for what is rare.

    ``lane_select``, ``lane_signflip`` and ``lane_array`` (a multiplier's) are the lanes;
    ``heap_terms``, ``heap_flips`` and ``heap_arrays`` sum their rows; of an array's, some bits are
    constant. ``fanout`` are the nets from tables to lanes, and ``fanout_terms`` and so on those to
    lanes of a kind; a lane without a table reads an activation several times (``further_loads``).
    Of a table, adders glitch by their depth and their length (``deep_bits``, ``long_bits``), and
    are enlarged where no register, nor beyond so many columns a buffer, drives its entries
    (``driven_loads``). ``open_lanes`` and ``open_tables`` are driven by inputs, without a gate or a
    register. ``busy`` are the bits of a sum and of an accumulator that a tile changes; those above
    only count carries. ``keys`` (or packed words) and ``activations`` are a core's inputs, which
    cost energy and no area. ``starts`` and ``results`` happen once a sum, so a cycle has a share of
    them; ``scaled`` and ``rounded`` too, unless they see a sum while it grows.
    ``held_entries`` wait in tables of style float.
    """
    sizes, modules = inventory.sizes, inventory.modules
    table, lane, core, column = (modules[name] for name in ("table", "lane", "core", "column"))
    held = lane.quantities
    none = np.zeros((), dtype=np.int64)
    selects, xors = held.get("selects", none), held.get("xor_bits", none)
    array = modules["lane/heap"].count > 0 if "lane/heap" in modules else none > 0
    luts = table.count
    selected = held.get("select_bits", none)
    plain = (xors == 0) & (selected > 0)  # lanes that read an activation, not a table's entry
    rows = 1 + array  # of a term
    busy = sizes["term_bits"] / rows + np.log2(np.maximum(luts, 1))
    busy = np.minimum(busy, sizes["accumulator_bits"])
    again = sizes["reduced_bits"] > 0
    a_sum = 1 / sizes["sum_tiles"]
    direct = (table.quantities.get("gate_bits", none) == 0) & (sizes["operand_bits"] > 0)
    registers = modules["bank"].quantities.get("register_bits", none) if "bank" in modules else none
    adders = table.quantities.get("adder_bits", none)
    weights = sizes["key_bits"]
    if "unpack" in modules:  # the inputs are words, and a lane has its share of them
        weights = sizes["weight_bits"] / np.maximum(luts, 1)
    around = {}
    if "" in modules:  # what stands around core and exit counts as the core's
        there = modules[""].total("register_bits")
        around = {"register_bits": core.quantities["register_bits"] + there}
    paths = held.get("or_levels", none) * sizes["term_bits"]
    alone = (adders > 0) & (registers == 0) & (column.count <= _DRIVEN)
    loads = {
        "entry_loads": table.quantities["entry_bits"],
        "further_loads": plain * (selected - table.quantities["entry_bits"]),
        "key_loads": selects * sizes["term_bits"],
    }
    further = {
        "lane_select": Terms(lane.count * (xors > 0), {**held, "path_bits": paths}),
        "lane_signflip": Terms(lane.count * ((xors == 0) & ~array), held),
        "lane_array": Terms(lane.count * array, held),
        "fanout": Terms(lane.count, loads),
        "fanout_terms": Terms(lane.count * (xors > 0), loads),
        "fanout_flips": Terms(lane.count * ((xors == 0) & ~array), loads),
        "fanout_arrays": Terms(lane.count * array, loads),
        "busy": Terms(column.count, {"sum_bits": busy, "total_bits": busy * again}),
        "core": Terms(core.count, {**core.quantities, "lane_loads": lane.count} | around),
        "keys": Terms(
            lane.count,
            {
                "key_bits": weights,
                "sign_loads": np.where(array, selected, sizes["term_bits"]),
            },
        ),
        "activations": Terms(sizes["tile_inputs"], {"activation_bits": sizes["activation_bits"]}),
        "open_lanes": Terms(
            lane.count * (direct & (registers == 0) & (sizes["group"] == 1)),
            {"operand_bits": sizes["operand_bits"]},
        ),
        "open_tables": Terms(table.count * direct, {"adder_bits": adders}),
        "table": Terms(
            table.count,
            {
                **table.quantities,
                "deep_bits": adders * table.quantities.get("levels", none),
                "long_bits": adders * table.quantities.get("longest_adder_bits", none),
                "driven_loads": alone * table.quantities["entry_bits"] * column.count,
            },
        ),
        "starts": Terms(a_sum, {"mux_bits": core.quantities["restart_loads"]}),
    }
    if "register_bits" in table.quantities:
        further["held_entries"] = Terms(
            table.count, {"register_bits": table.quantities["register_bits"]}
        )
    if "column/heap" in modules:
        heap = modules["column/heap"]
        live = held.get("live_bits", none) / np.maximum(sizes["term_bits"], 1)
        further |= {
            "heap_terms": Terms(heap.count * (xors > 0), heap.quantities),
            "heap_flips": Terms(heap.count * ((xors == 0) & ~array), heap.quantities),
            "heap_arrays": Terms(
                heap.count * array,
                {**heap.quantities, "live_adders": live * heap.quantities["full_adders"]},
            ),
        }
    if "exit" in modules:
        further |= _results(inventory, a_sum)
    return further


def _results(inventory: Inventory, a_sum: Array) -> dict[str, Terms]:
    """What works for results: often as sums are finished, or always, with no register before it."""
    sizes, columns = inventory.sizes, inventory.modules["column"].count

    def held(module: str, quantity: str) -> NDArray[Any]:
        there = inventory.modules.get(module)
        return np.asarray(there.quantities[quantity] if there else 0)

    scaled = rounded = a_sum
    growing = (sizes["beats"] == 1) & (sizes["sum_tiles"] > 1)
    if growing.any():
        scaled = np.where(growing, 1.0, a_sum)
        rounded = np.where(growing & (sizes["exit_register"] == 0), 1.0, a_sum)
    return {
        "results": Terms(a_sum, {"select_bits": inventory.modules["exit"].total("select_bits")}),
        "scaled": Terms(
            scaled,
            {
                "adder_bits": columns * held("exit_scaling", "adder_bits"),
                "full_adders": columns * held("exit_scaling/heap", "full_adders"),
            },
        ),
        "rounded": Terms(
            rounded,
            {
                "shifter_bits": columns * held("exit_encoder", "shifter_bits"),
                "count_bits": columns * held("exit_encoder", "count_bits"),
                "mux_bits": columns * held("exit_rounding", "mux_bits"),
            },
        ),
    }
