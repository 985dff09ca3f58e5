"""What pictures call things: figures the same for all, parameters and parts as families call them.

A family's own words stand in ``costmodel.<family>.vocabulary`` as ``VOCABULARY``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from hw.families import FAMILIES, find_unit, units

__all__ = ["Vocabulary", "counting", "label", "part_styles", "spoken", "symbol"]

#: Units as names have them and as people write them.
_UNITS = {
    "um2": "µm²",
    "mm2": "mm²",
    "um": "µm",
    "mm": "mm",
    "nm": "nm",
    "ps": "ps",
    "ns": "ns",
    "us": "µs",
    "ms": "ms",
    "uw": "µW",
    "mw": "mW",
    "nw": "nW",
    "fj": "fJ",
    "pj": "pJ",
    "nj": "nJ",
    "uj": "µJ",
    "mj": "mJ",
    "percent": "%",
    "kib": "KiB",
    "gb": "GB",
    "gops": "10⁹/s",
    "mhz": "MHz",
    "ghz": "GHz",
}


@dataclass(frozen=True)
class Vocabulary:
    """What a family's parameters and parts are called and how they are drawn.

    Attributes:
        labels: of parameters on an axis, with their units.
        symbols: of parameters in a formula, such as ``K``; others go by their names.
        parts: colour and hatch of each part of a circuit (the values of
            `hw.unit.Unit.parts`), in the order in which bars stack them.
    """

    labels: Mapping[str, str] = field(default_factory=dict)
    symbols: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def label(name: str) -> str:
    """A column's name for an axis, with its unit as people write it; an expression as it is."""
    operation = _operation()
    figures = {
        "area_um2_per_operation": f"area for each {operation} a cycle (µm²)",
        "delay_ps": "least clock period of the circuit (ps)",
        "fastest_clock_ps": "fastest clock (ps)",
        "clock_ns": "asked clock period (ns)",
        "energy_fj_per_operation": f"energy (fJ {_one(operation)})",
        "throughput_gops": f"throughput (10⁹ {operation}s/s)",
        "operations_per_cycle": f"{operation}s a cycle",
        "tokens_per_second": "throughput (tokens/s)",
        "core_tokens_per_second": "throughput of the core (tokens/s)",
        "core_energy_uj_per_token": "energy of the core (µJ a token)",
        "overflow_percent": "overflow (% of results)",
        "memory_wait_percent": "cores wait for the memory (% of the time)",
        "system_clock_ps": "clock period of the chip (ps)",
        "weight_bits": "weight off chip (bits)",
        "weight_kib": "weight buffer of a core (KiB)",
        "activation_kib": "activation buffer (KiB)",
    }
    if name in figures:
        return figures[name]
    for vocabulary in _vocabularies():
        if name in vocabulary.labels:
            return vocabulary.labels[name]
    return _spelled(name) if name.isidentifier() else name


def _spelled(name: str) -> str:
    """An identifier as words, what it says of its unit in parentheses: energy (µJ a token)."""
    words = name.split("_")
    place = next((i for i, word in enumerate(words) if i and word in _UNITS), 0)
    if not place:
        return " ".join(words)
    noun, unit, rest = words[:place], _UNITS[words[place]], words[place + 1 :]
    if rest[:1] == ["per"] and len(rest) > 1:
        unit += "/s" if rest[1] in ("s", "second") else f" {_one(' '.join(rest[1:]))}"
        rest = []
    return f"{' '.join([*noun, *rest])} ({unit})"


def symbol(parameter: str) -> str:
    """A parameter in a few letters."""
    for vocabulary in _vocabularies():
        if parameter in vocabulary.symbols:
            return vocabulary.symbols[parameter]
    return parameter.replace("_kib", " KiB").replace("_", " ")


def spoken(value: Any) -> str:
    """A parameter's value in words: yes and no, a unit without its family's name."""
    text = f"{value:g}" if isinstance(value, float) else str(value)
    if text in ("True", "False"):
        return "yes" if text == "True" else "no"
    unit = units().get(text)
    return (text.removeprefix(f"{unit.family}_") if unit else text).replace("_", " ")


def part_styles() -> dict[str, tuple[str, str]]:
    """Colour and hatch of each part, of all families; of two with one name the first wins."""
    styles: dict[str, tuple[str, str]] = {}
    for vocabulary in _vocabularies():
        for part, style in vocabulary.parts.items():
            styles.setdefault(part, style)
    return styles


def _vocabularies() -> list[Vocabulary]:
    return [family.room("costmodel", "vocabulary").VOCABULARY for family in FAMILIES.values()]


@contextmanager
def counting(names: Iterable[str]) -> Iterator[None]:
    """Speak of the operations that units of some names count, while this lasts.

    Args:
        names: of the units of all designs that are spoken of; where these count different
            operations, only ``operation`` fits.
    """
    token = _OPERATION.set(_common(find_unit(name).operation for name in set(names)))
    try:
        yield
    finally:
        _OPERATION.reset(token)


_OPERATION: ContextVar[str] = ContextVar("operation", default="")


def _operation() -> str:
    """What the designs that are spoken of count; without any what all families do."""
    return _OPERATION.get() or _common(unit.operation for unit in units().values())


def _common(operations: Iterable[str]) -> str:
    counted = set(operations)
    return counted.pop() if len(counted) == 1 else "operation"


def _one(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"
