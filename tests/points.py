"""Parameter sets over the whole legal space of the ternary cores, drawn at random."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any

from hw.errors import RequestError
from hw.formats import Integer
from hw.ternary import (
    ComplexLut,
    TernaryConfiguration,
    TernaryLut,
    TernaryMultiplier,
    TernarySignflip,
    Workload,
)

__all__ = ["EXACT", "POINTS", "draw"]

_VARIANTS = 8  # of each kind

Settings = dict[str, Any]

_PACKINGS = ("codes", "trits5", "tl2", "sparse34")
_SCALED: tuple[tuple[str, str, str], ...] = (  # result, scale, scale_format
    ("int8", "tensor", "u16.20"),
    ("bf16", "column", "bf16"),
    ("fp32", "group", "u16.24"),
    ("int8", "group", "u8.12"),
    ("int32", "none", ""),
    ("fp8_e4m3", "tensor", "fp8_e5m2"),
    ("int2", "column", "u1.8"),
    ("fp16", "none", ""),
)
_FLOATS: tuple[tuple[str, str, str], ...] = (  # activation, sum_format, accumulator_format
    ("fp16", "", ""),
    ("fp8_e4m3", "fp16", "fp32"),
    ("bf16", "", "fp32"),
    ("fp8_e5m2", "", "fp16"),
    ("fp32", "", ""),
    ("fp8_e4m3", "bf16", ""),
    ("fp8_e5m2", "", ""),
    ("fp16", "", "fp32"),
)
EXACT = ("fp8_e4m3", "fp8_e5m2", "fp16", "fp6_e2m3")
_ALIGNED = (  # activation, aligned_bits
    ("fp16", 0),
    ("bf16", 12),
    ("fp8_e4m3", 4),
    ("fp8_e5m2", 16),
    ("fp32", 48),
    ("bf16", 7),
    ("fp16", 11),
    ("fp32", 20),
)


def _integers(rng: random.Random) -> Settings:
    return {"activation": Integer(rng.randint(2, 16), signed=rng.random() < 0.7)}


def _keys(rng: random.Random, variant: int) -> Settings:
    unit = (TernaryLut, TernarySignflip, TernaryMultiplier)[max(0, variant - 5)]
    group = (1, 2, 4, 5, 3)[variant] if variant < 5 else 2 if unit is TernaryLut else 1
    return _integers(rng) | {"unit": unit, "group": group}


def _large_groups(rng: random.Random, variant: int) -> Settings:
    """Tables that grow with 3**group: one of each of the largest two."""
    group = (5, 4, 6, 5, 4, 5, 4, 7)[variant]
    activation = Integer(2 if group > 5 else rng.randint(2, 4), signed=True)
    small_tile = {"luts": 1, "columns": 1 if group > 4 else 2}
    return {"unit": TernaryLut, "group": group, "activation": activation} | small_tile


def _packed(rng: random.Random, variant: int) -> Settings:
    packing = _PACKINGS[variant % 4]
    if packing == "sparse34":
        return _integers(rng) | {"unit": TernaryLut, "group": 4, "packing": packing}
    unit = (TernaryLut, TernarySignflip, TernaryMultiplier)[variant % 3]
    group = rng.randint(1, 4) if unit is TernaryLut else 1
    return _integers(rng) | {"unit": unit, "group": group, "packing": packing}


def _planes(rng: random.Random, variant: int) -> Settings:
    unit = (TernaryLut, TernarySignflip)[variant % 2]
    group = rng.randint(1, 3) if unit is TernaryLut else 1
    return _integers(rng) | {"unit": unit, "group": group, "planes": 2 + variant % 3}


def _complex(rng: random.Random, variant: int) -> Settings:
    group = 1 + variant % 4
    bits = rng.randint(2, 4 if group > 2 else 8)
    return {"unit": ComplexLut, "group": group, "activation": f"int{bits}"} | (
        {"luts": 1} if group > 2 else {}
    )


def _table_loop(rng: random.Random, variant: int) -> Settings:
    unit = (TernaryLut, TernarySignflip, TernaryLut, TernaryMultiplier)[variant % 4]
    group = rng.randint(1, 3) if unit is TernaryLut else 1
    packing = (*_PACKINGS[:3], "keys")[variant % 4]
    looped = {"loop": "table", "packing": packing, "table_register": True}
    return _integers(rng) | {"unit": unit, "group": group} | looped


def _scales(variant: int) -> Settings:
    result, scale, scale_format = _SCALED[variant]
    settings: Settings = {"result": result, "scale": scale, "scale_format": scale_format}
    if scale == "group":
        settings |= {"scale_group": 32, "luts": 4, "group": 2}
    return settings


def _scaled(rng: random.Random, variant: int) -> Settings:
    changes = {"planes": 2} if variant == 1 else {"packing": "codes"} if variant == 3 else {}
    settings = _integers(rng) | {"unit": TernaryLut, "group": rng.randint(1, 3)} | changes
    return settings | _scales(variant)


def _float_lut(rng: random.Random, variant: int) -> Settings:
    activation, adds, accumulates = _FLOATS[variant]
    wide = "32" in activation + adds
    return {
        "unit": TernaryLut,
        "style": "float",
        "group": rng.randint(1, 2 if wide else 3),
        "luts": rng.randint(1, 2 if wide else 3),
        "columns": rng.randint(1, 2),
        "activation": activation,
        "sum_format": adds,
        "accumulator_format": accumulates,
        "adder_stages": variant % 6,
    }


def _float_baseline(rng: random.Random, variant: int) -> Settings:
    unit = (TernaryMultiplier, TernarySignflip)[variant % 2]
    settings = _float_lut(rng, (variant + 3) % _VARIANTS)
    return settings | {"unit": unit, "group": 1, "luts": rng.randint(1, 4)}


def _exact(rng: random.Random, variant: int) -> Settings:
    unit = (TernaryLut, TernaryLut, TernarySignflip, TernaryMultiplier)[variant // 2]
    group = rng.randint(2, 3) if unit is TernaryLut else 1
    settings = {"unit": unit, "style": "exact", "group": group, "luts": 2, "columns": 2}
    settings |= {"activation": EXACT[(variant + variant // 4) % 4]}
    if variant == 1:
        return settings | _scales(2)
    packing = ("keys", *_PACKINGS[:3])[variant % 4]
    return settings | {"packing": packing} | (_scales(1) if variant % 4 == 0 else {})


def _aligned(rng: random.Random, variant: int) -> Settings:
    unit = (TernaryLut, TernaryLut, TernarySignflip, TernaryMultiplier)[variant % 4]
    group = rng.randint(1, 4) if unit is TernaryLut else 1
    activation, bits = _ALIGNED[variant]
    settings = {"unit": unit, "style": "aligned", "group": group, "luts": rng.randint(1, 2)}
    settings |= {"activation": activation, "aligned_bits": bits, "columns": rng.randint(1, 3)}
    packing = ("keys", *_PACKINGS[:3])[variant // 2]
    return settings | {"packing": packing} | (_scales((1, 5)[variant % 2]) if variant < 4 else {})


def _results(rng: random.Random, variant: int) -> Settings:
    """Exits that take their time: fewer results a beat than columns."""
    settings = {"unit": TernaryLut, "group": rng.randint(1, 2), "luts": 2, "activation": "int4"}
    columns = rng.randint(3, 6)
    settings |= {"columns": columns, "exits": 1 + variant % (columns - 1)}
    return settings | {"exit_register": variant % 2 == 1} | _scales((0, 1, 4, 5, 6, 7)[variant % 6])


_KINDS: tuple[Callable[[random.Random, int], Settings], ...] = (
    _keys,
    _float_lut,
    _packed,
    _scaled,
    _exact,
    _planes,
    _float_baseline,
    _complex,
    _aligned,
    _table_loop,
    _large_groups,
    _results,
    _packed,
)
#: Numbers below are one point of each variant of each kind; from there on variants come again.
POINTS = len(_KINDS) * _VARIANTS


@cache
def draw(number: int) -> TernaryConfiguration:
    """A parameter set of a kind, in a variant of it; from `POINTS` on with parameters changed."""
    rng = random.Random(number)
    variant, kind = divmod(number, len(_KINDS))
    registers = (variant + kind) % 8
    variant %= _VARIANTS
    settings: Settings = {
        "luts": rng.randint(1, 4),
        "columns": rng.randint(1, 5),
        "table_register": bool(registers & 1),
        "reduce_register": bool(registers & 2),
        "sequencer": bool(registers & 4),
    }
    settings |= _KINDS[kind](rng, variant)
    unit = settings.pop("unit")
    style = settings.get("style", "integer")
    inputs = settings["luts"] * settings["group"]
    if settings.get("scale") == "group":
        inputs = 32
    settings["workload"] = Workload(
        inputs=rng.randint(1, 4 * inputs),
        outputs=rng.randint(1, 3 * settings["columns"]),
        batch=rng.randint(1, 5),
        bias_limit=rng.choice((0, 1, 8) if style != "integer" else (0, 1, 1000)),
    )
    configuration = unit(**settings)
    if number >= POINTS:
        return _changed(rng, unit, settings, configuration)
    if style == "float" or configuration.exit_plan or variant % 3:
        return configuration
    wide = (configuration.accumulator_bits + 1, 64)[variant % 2]
    return unit(**settings, accumulator_bits=wide)


def _changed(
    rng: random.Random,
    unit: type[TernaryConfiguration],
    settings: Settings,
    configuration: TernaryConfiguration,
) -> TernaryConfiguration:
    """What decides how long products take, drawn anew, until the rest allows it."""
    while True:
        changes: Settings = {
            "luts": rng.randint(1, 5),
            "columns": rng.randint(1, 6),
            "sequencer": rng.random() < 0.7,
            "table_register": rng.random() < 0.5,
            "reduce_register": rng.random() < 0.5,
        }
        if configuration.exit_plan:
            changes |= {"exits": rng.randint(1, 6), "exit_register": rng.random() < 0.5}
        if configuration.style == "float":
            changes |= {"adder_stages": rng.randint(0, 5), "luts": rng.randint(1, 3)}
            changes |= rng.choice(({}, _scales(1), _scales(5), _scales(7)))
            changes["columns"] = rng.randint(1, 2)
        if settings.get("scale") == "group" or rng.random() < 0.3:
            changes.pop("luts")
        with suppress(RequestError):
            return unit(**settings | changes)
