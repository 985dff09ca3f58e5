"""Faults of Yosys, gone round: where it would make another circuit than the source says.

* **Comparisons with x or z.** ``a === 1'bx`` and a `case` item with an x are false in hardware,
  where every bit is 0 or 1. Yosys maps them to an exclusive or with x, which becomes a comparison
  with 0. Such a comparison is a constant before any pass sees it.
* **Sums of negated words.** `alumacc` merges a sum into the wider sum that reads it, if it cannot
  overflow. It takes the negative of a signed word to need no more bits than the word, but
  ``-(-128)`` overflows 8 bits: ``-$signed(-a)`` became ``a``. Such a sum is left out until those
  around it are done, and done alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

__all__ = ["decide_comparisons", "identifier", "merge_sums"]

_UNEQUAL = ("$ne", "$nex")
_COMPARISONS = ("$eq", "$eqx", *_UNEQUAL)
_SUMS = ("$add", "$sub", "$neg", "$pos", "$mul")
_WAITING = "macsmith_waiting_"  # an attribute of sums, with a number

Json = dict[str, Any]  # a module as `write_json` has it


def decide_comparisons(design: Any, modules: dict[str, Json]) -> None:
    """Make comparisons with x or z constants.

    Args:
        design: of Yosys, after `proc -noopt`.
        modules: the same as JSON.
    """
    yosys = import_module("pyosys.libyosys")
    for name, module in modules.items():
        chosen = design.module(yosys.IdString(f"\\{name}"))
        for label, value in _undefined_comparisons(module):
            cell = chosen.cell(yosys.IdString(identifier(label)))
            net = cell.getPort(yosys.IdString("\\Y"))
            chosen.remove(cell)
            chosen.connect(net, yosys.SigSpec(int(value), net.size()))


def merge_sums(design: Any, modules: dict[str, Json]) -> list[str]:
    """The commands that merge sums and make adders of them, without the fault of `alumacc`.

    Args:
        design: of Yosys; sums that have to wait get an attribute in it.
        modules: the same as JSON.
    """
    yosys = import_module("pyosys.libyosys")
    waiting = 0
    for name, module in modules.items():
        chosen = design.module(yosys.IdString(f"\\{name}"))
        for label in _overflowing_sums(module):
            cell = chosen.cell(yosys.IdString(identifier(label)))
            cell.set_bool_attribute(yosys.IdString(f"\\{_WAITING}{waiting}"))
            waiting += 1
    first = f"alumacc * a:{_WAITING}* %d" if waiting else "alumacc"
    return [first, *(f"alumacc a:{_WAITING}{number}" for number in range(waiting))]


def identifier(label: str) -> str:
    """A name as Yosys has it inside: JSON leaves out the backslash of most public ones."""
    return label if label[0] in "$\\" else f"\\{label}"


def _undefined_comparisons(module: Json) -> Iterator[tuple[str, bool]]:
    """Comparisons that a constant x or z decides, each with its value in hardware.

    ``==`` and ``!=`` with x are x in Verilog, which decides for the `else` branch: they are false.
    """
    for label, cell in module["cells"].items():
        if cell["type"] in _COMPARISONS:
            pairs = zip(*_extended(cell), strict=True)
            if any(a != b and {a, b} & {"x", "z"} for a, b in pairs):
                yield label, cell["type"] == "$nex"


def _extended(cell: Json) -> tuple[list[Any], list[Any]]:
    """The operands of a comparison in one width."""
    sides = [cell["connections"][pin] for pin in "AB"]
    signed = all(int(cell["parameters"][f"{pin}_SIGNED"], 2) for pin in "AB")
    width = max(map(len, sides))
    a, b = ([*bits, *[bits[-1] if signed else "0"] * (width - len(bits))] for bits in sides)
    return a, b


def _overflowing_sums(module: Json) -> list[str]:
    """Signed sums that may overflow their width, and that `alumacc` takes not to."""
    sums = {label: cell for label, cell in module["cells"].items() if cell["type"] in _SUMS}
    source = {tuple(cell["connections"]["Y"]): label for label, cell in sums.items()}
    readers: dict[str, list[int]] = {label: [] for label in sums}  # the widths of sums that read it
    for cell in sums.values():
        for operand in _operands(cell):
            label = source.get(tuple(cell["connections"][operand]))
            if label is not None:
                readers[label].append(len(cell["connections"]["Y"]))
    return [
        label
        for label, cell in sums.items()
        if set(readers[label]) - {len(cell["connections"]["Y"])}
        and _misjudged(list(_terms(label, sums, source, readers)), len(cell["connections"]["Y"]))
    ]


def _terms(
    label: str, sums: Json, source: dict[Any, str], readers: dict[str, list[int]]
) -> Iterator[tuple[int, bool]]:
    """Width of each term of a sum, and whether it is subtracted, once everything is merged."""
    left = [(label, False)]
    while left:
        label, negated = left.pop()
        cell = sums[label]
        widths = [len(cell["connections"][operand]) for operand in _operands(cell)]
        if cell["type"] == "$mul":
            yield sum(widths), negated
            continue
        for operand, width in zip(_operands(cell), widths, strict=True):
            down = negated != ((cell["type"], operand) in {("$sub", "B"), ("$neg", "A")})
            inner = source.get(tuple(cell["connections"][operand]))
            if inner is not None and len(readers[inner]) == 1 and inner != label:
                left.append((inner, down))
            else:
                yield width, down


def _operands(cell: Json) -> str:
    return "A" if cell["type"] in {"$neg", "$pos"} else "AB"


def _misjudged(terms: list[tuple[int, bool]], width: int) -> bool:
    """Whether signed words may add up to more than a width holds, where `alumacc` says not.

    It takes a word of n bits, added or subtracted, for one of 0 to 2^n - 1.
    """
    taken = sum(2**size - 1 for size, _ in terms)
    highest = sum(2 ** (size - 1) - (not negated) for size, negated in terms)
    return taken < 2**width and highest >= 2 ** (width - 1)
