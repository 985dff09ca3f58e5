"""What a stranger must know to drive a ternary core, besides its ports and streams."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from hw.ternary.choices import Loop, Style
from hw.ternary.configuration import TernaryConfiguration
from hw.ternary.exit_plan import ExitPlan
from hw.ternary.packing import PACKINGS

__all__ = ["manifest_of"]

_CORRUPT = {
    False: "flags above the sums of results: one a column, set if its sum met a corrupt word",
    True: "port corrupt: a bit for each column, column 0 lowest, set and kept until reset when the"
    " exit takes a sum that met a corrupt word",
}

_ORDERS = {
    Loop.REDUCTION: "the tiles of a sum come one after the other, its activations, weights and"
    " initial values each in that order; sums may come in any order, and each has its own"
    " activations, weights and initial values",
    Loop.TABLE: "the tiles of a vector come one after the other, and for each one the weights of"
    " all blocks of outputs, in the same order; the initial values come in the order of the blocks"
    " and are taken during the first tile, the results leave during the last one; activations are"
    " sent once a vector",
}
_KEYS_OF_FLOATS = (
    "a weight is a code of the format of sums: 1, -1 or 0; other codes are multiplied, too"
)


def manifest_of(configuration: TernaryConfiguration) -> dict[str, Any]:
    """The family's part of the manifest (`hw.unit.Unit.manifest`); JSON."""
    c = configuration
    return {
        "weight_latency_cycles": c.weight_latency,
        "tile": {"inputs": c.tile_inputs, "outputs": c.columns},
        **({"result_bound": c.bound} if c.result_format is None else {}),
        "protocol": {
            "sum": "one activation vector times one block of outputs (columns of them)",
            "order": _ORDERS[c.loop] + _turns(c) + _scale_order(c),
            "reset": "keep every input valid low while reset is high",
            "combinational": "the ready of an input may depend on results_ready in the same cycle",
            "cycles": _cycles(c),
        },
        "activation": c.activation.encoding(),
        **_arithmetic(c),
        "keys": {
            "bits": c.key_bits,
            "group": c.group,
            "layout": _KEYS_OF_FLOATS if c.multiplies else c.key_layout,
            "correction": _correction(c),
            "table": [asdict(key) for key in c.keys()],
        },
        **({} if c.exit_plan else {"result": _result(c)}),
        **({"exit": _exit(c, c.exit_plan)} if c.exit_plan else {}),
        **_packing(c),
    }


def _correction(configuration: TernaryConfiguration) -> str:
    """What the corrections of the keys are for."""
    if configuration.style is Style.FLOAT:
        return "none: a sum starts from its bias"
    return (
        "a sum starts from its bias plus the corrections of all keys that it meets, those"
        " of padding included, modulo 2**accumulator_bits"
        + ("; in plane p a correction counts 2**p times" if configuration.planes > 1 else "")
    )


def _result(configuration: TernaryConfiguration) -> dict[str, Any]:
    """What the accumulators hold, where they are the results."""
    if configuration.style is Style.FLOAT:
        return configuration.arithmetic.accumulation.encoding()
    bits = configuration.accumulator_bits
    return {"format": f"int{bits}", "encoding": "two's complement", "bits": bits}


def _turns(configuration: TernaryConfiguration) -> str:
    """What takes turns where the accumulator has several registers in its loop."""
    count = configuration.interleave
    if count == 1:
        return ""
    return (
        f"; but {count} sums take turns: first tile 0 of each of them, then tile 1 of each, and so"
        " on; all take the same number of tiles, their initial values and results come in their"
        f" order, and where fewer than {count} are left, tiles with both flags low, the keys of"
        " zero weights and any finite activations stand for the others, without initial values and"
        " results"
    )


def _scale_order(configuration: TernaryConfiguration) -> str:
    """What scales add to the order of the streams."""
    plan = configuration.exit_plan
    if plan is None or not plan.scaled:
        return ""
    if not plan.grouped:
        return "; scales come in the order of the sums"
    return (
        "; the inputs of an output are split into groups of"
        f" {configuration.scale_group}, each of which is a sum of its own: the groups of a block of"
        " outputs one after the other, all of the same number of tiles, the bias in the initial"
        " values of the first one; scales come in this order"
    )


def _cycles(configuration: TernaryConfiguration) -> dict[str, Any]:
    """How to count the cycles of an unstalled run."""
    rule = configuration.cycle_rule
    first = "command" if configuration.sequencer else "activations"
    early = "; the activations are offered no later than the command" * configuration.sequencer
    return {
        "counted": f"from the first transfer of {first} to the last one of results, both included,"
        " of products (inputs, outputs and batch each) that follow each other while no stream"
        f" stalls{early}; evaluate start once, each_product for every product in turn, then cycles:"
        " names keep their values, ceil rounds a quotient up",
        "start": list(rule.start),
        "each_product": list(rule.each_product),
        "cycles": rule.cycles,
    }


def _exit(configuration: TernaryConfiguration, plan: ExitPlan) -> dict[str, Any]:
    """What a result is, and how it comes of a sum and its scale."""
    answer: dict[str, Any] = {
        "result": plan.result.encoding(),
        "results_per_beat": plan.units,
        "beats_per_sum": plan.beats,
        "rounding": "once, to nearest even",
        "value": ("the sum" if plan.sums else "the exact sum")
        if not plan.scaled
        else "sum * scale",
    }
    if plan.grouped:
        answer["value"] = "the sum over all groups of (sum of the group * its scale)"
        answer["inputs_per_scale"] = configuration.scale_group
    if plan.scale_format:
        answer["scale"] = plan.scale_format.encoding()
    return answer


def _packing(configuration: TernaryConfiguration) -> dict[str, Any]:
    """How the weight stream is packed; nothing where its words are the keys of any weights."""
    c, packing = configuration, PACKINGS[configuration.packing]
    if not packing.weights:
        return {}
    return {
        "packing": {
            "name": packing.name,
            "weights": packing.weights,
            "bits": packing.bits,
            "words_per_column": c.words,
            "layout": "the words of a column hold the weights of its tile in their order, the first"
            " word lowest",
            "meaning": packing.meaning,
            "corrupt": packing.corrupt or "none: every word stands for weights",
        }
        | ({"report": _CORRUPT[c.exit_plan is not None]} if c.reports_corrupt else {})
    }


def _arithmetic(configuration: TernaryConfiguration) -> dict[str, Any]:
    """How a core with floating-point activations adds; nothing for integers."""
    c, style = configuration, configuration.arithmetic
    if c.style is Style.INTEGER:
        return {}
    if c.style is Style.FLOAT:
        return {
            "arithmetic": {
                "style": c.style,
                "sum": style.addition.encoding(),
                "accumulator": style.accumulation.encoding(),
                "order": "a group of activations: the first half of those with a non-zero weight"
                " (the longer one) and the second half, each summed so, then their sum or"
                " difference; the groups of a tile: a balanced tree, neighbours meet and an odd"
                " one out waits; then the accumulator plus the tile's sum; each addition rounds",
                "interleave": c.interleave,
                "initial": "the bias as a code of the accumulator's format",
            }
        }
    low, high = style.unit_exponents
    arithmetic: dict[str, Any] = {
        "style": c.style,
        "operand_bits": style.operand.bits,
        "accumulator_bits": c.accumulator_bits,
        "order": "sums are exact and rounded once, so their order does not matter",
        "initial": "the bias, an integer in units of the operand's last bit, plus the corrections"
        " of the keys",
        "invalid": "an infinity or a NaN among a sum's activations, also under a weight of zero,"
        " makes all its results NaN",
    }
    if c.style is Style.EXACT:
        return {"arithmetic": arithmetic | {"unit_exponent": low}}
    form = style.number
    arithmetic["invalid"] += "; so does an activation whose exponent field exceeds the block"
    return {
        "arithmetic": arithmetic
        | {
            "block": {
                "bits": form.exponent_bits,
                "lowest_bit": c.tile_inputs * form.bits,
                "meaning": "the largest exponent field among all activations and the bias of a sum,"
                " 1 for those of zeros and subnormals; the same in all tiles of a sum",
            },
            "unit_exponent": f"block + {style.unit_exponent(0)}",
            "unit_exponents": [low, high],
            "rounding_of_operands": "down, to whole units",
        }
    }
