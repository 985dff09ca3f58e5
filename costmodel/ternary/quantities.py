"""What terms count: the modules of an inventory, and further ones that are made of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from costmodel.model.regressions import IDLE, ONE, Terms
from costmodel.ternary.inventory import Inventory
from costmodel.ternary.liveness import liveness

__all__ = ["modules_of"]

Array = NDArray[np.float64]

_DRIVEN = 40  # lanes that an entry drives by itself, and not by buffers


def modules_of(inventory: Inventory) -> dict[str, Terms]:
    """What terms are about: the modules of an inventory, and further ones made of them.

    Among these ``idle``, which counts what share of the operands is so.
    """
    modules = {
        name: Terms(module.count, module.quantities) for name, module in inventory.modules.items()
    }
    arithmetic = inventory.arithmetic
    idle = 1 - np.array([liveness(style) for style in arithmetic.levels])[arithmetic.codes]
    return modules | _further(inventory) | {IDLE: Terms(idle, {})}


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
    luts = table.count
    selected = held.get("select_bits", none)
    array = (selected > 0) & (held.get("or_bits", none) == 0) & (xors == 0)
    flips = (xors == 0) & ~array
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
        outer_bits = modules[""].total("register_bits")
        around = {"register_bits": core.quantities["register_bits"] + outer_bits}
    paths = held.get("or_levels", none) * sizes["term_bits"]
    alone = (adders > 0) & (registers == 0) & (column.count <= _DRIVEN)
    loads = {
        "entry_loads": table.quantities["entry_bits"],
        "further_loads": plain * (selected - table.quantities["entry_bits"]),
        "key_loads": selects * sizes["term_bits"],
    }
    further = {
        "lane_select": _where(xors > 0, lane.count, {**held, "path_bits": paths}),
        "lane_signflip": _where(flips, lane.count, held),
        "lane_array": _where(array, lane.count, held),
        "fanout": Terms(lane.count, loads),
        "fanout_terms": _where(xors > 0, lane.count, loads),
        "fanout_flips": _where(flips, lane.count, loads),
        "fanout_arrays": _where(array, lane.count, loads),
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
            "heap_terms": _where(xors > 0, heap.count, heap.quantities),
            "heap_flips": _where(flips, heap.count, heap.quantities),
            "heap_arrays": _where(
                array,
                heap.count,
                {**heap.quantities, "live_adders": live * heap.quantities["full_adders"]},
            ),
        }
    if "exit" in modules:
        further |= _results(inventory, a_sum)
    return further


def _where(kind: NDArray[np.bool_], count: NDArray[Any], held: Mapping[str, Any]) -> Terms:
    """Modules of a kind; what others hold is 0, and so all kinds have one count, of small shape."""
    return Terms(count, {ONE: kind, **{name: kind * number for name, number in held.items()}})


def _results(inventory: Inventory, a_sum: Array) -> dict[str, Terms]:
    """What works for results: often as sums are finished, or always, with no register before it."""
    sizes, columns = inventory.sizes, inventory.modules["column"].count

    def held(module: str, quantity: str) -> NDArray[Any]:
        instances = inventory.modules.get(module)
        return np.asarray(instances.quantities[quantity] if instances else 0)

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
