"""How the command line speaks of ternary cores (`macsmith.family.Words`)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from hw.families import find_unit
from hw.ternary.choices import Loop, Style
from hw.unit import Unit, parameter_defaults
from macsmith.family import further_words
from macsmith.ternary.core import ternary_core

__all__ = ["WORDS"]

_REGISTERS = {"table_register": "table", "reduce_register": "reduce"}


class TernaryWords:
    """Tiles of weights, and what is summed how."""

    bases: Mapping[str, str] = {
        "ternary_lut": "ternary-int8-8x8",
        "ternary_signflip": "signflip-int8-8x8",
        "ternary_multiplier": "multiplier-int8-8x8",
        "complex_lut": "complex-int8-16x16",
    }
    published: Mapping[str, str] = {
        "Platinum": "platinum-int8-40x8",
        "TENET": "tenet-int8-32x32",
        "LUT Tensor Core": "lut-tensor-core-fp16-4x64",
        "five-trit engine": "five-trit-int8-5x1",
    }

    axes: tuple[str, ...] = ("luts", "columns", "activation", "group")
    unsaid: Mapping[str, Any] = {"style": "integer"}
    grid: tuple[str, str] = ("columns", "group")

    def summary(self, unit: Unit) -> list[str]:
        """See `macsmith.family.Words.summary`."""
        c = ternary_core(unit)
        style = "" if c.style is Style.INTEGER else f" ({c.style})"
        wide = c.accumulator_format.name if c.accumulator_format else f"{c.accumulator_bits}-bit"
        tile = f"{c.tile_inputs} x {c.columns} weights a cycle"
        activations = f"{c.activation.name} activations{style}"
        order = "" if c.loop is Loop.REDUCTION else f", loop {c.loop}"
        lines = [f"{tile}, {activations}, {wide} accumulators{order}, latency {c.latency}"]
        if plan := c.exit_plan:
            scales = f", {c.scale_format} scales ({c.scale})" if plan.scaled else ""
            lines.append(f"{c.result} results, {plan.units} a cycle{scales}")
        return lines

    def label(self, point: Mapping[str, Any], varied: Collection[str] = ()) -> str:
        """Unit, mu, the tile's shape, activations and style, registers, and what else varies."""
        defaults = parameter_defaults(find_unit(str(point["unit"])))
        unit = str(point["unit"]).removeprefix("ternary_").replace("_", " ")
        group = int(point.get("group", defaults["group"]))
        mu = f" µ = {group}" if group > 1 else ""
        words = [f"{unit}{mu}, {int(point['luts']) * group} x {point['columns']}"]
        if "activation" in point:
            style = str(point.get("style", ""))
            plain = style in ("", "integer")
            words.append(str(point["activation"]).upper() + ("" if plain else f" {style}"))
        registers = [name for name in _REGISTERS if bool(point.get(name))]
        if registers:
            words.append(f"{' + '.join(_REGISTERS[name] for name in registers)} reg.")
        told = {"unit", "group", "luts", "columns", "activation", "style", *_REGISTERS}
        words += further_words(point, set(varied) - told)
        return ", ".join(words)

    def findings(self, answer: Mapping[str, Any]) -> list[str]:
        """Accuracy, floats that are no numbers, widths of accumulators, what was drawn."""
        lines = []
        if "activations" in answer:
            lines.append("the data has no activations: these are random")
        if "accuracy" in answer:
            right = round(answer["accuracy"] * answer["vectors"])
            lines.append(
                f"accuracy of the hardware's outputs: {answer['accuracy']:.2%}"
                f" ({right} of {answer['vectors']})"
            )
        if "results" in answer:
            lines.append(
                "{count:,} results in {format}: {nan:,} NaN, {infinite:,} infinite".format(
                    **answer["results"]
                )
            )
        if "accumulator" in answer:
            lines.append(
                "accumulators of {bits} bits: these weights need {needed_bits} ({most_nonzeros} of"
                " an output are not 0), the workload at most {worst_case_bits}".format(
                    **answer["accumulator"]
                )
            )
        return lines


WORDS = TernaryWords()
