"""Arithmetics by name, such as ``bf16:raw16:an-1-2``, or by the design of a unit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from types import ModuleType

from hw.errors import RequestError, check_integer
from hw.families import FAMILIES, Family
from hw.formats import (
    NAMED_BLOCKS,
    NAMED_FLOATS,
    Float,
    Integer,
    Posit,
    Rounding,
    parse_block,
    parse_format,
)
from macsmith.design import committed_designs, load_design
from macsmith.toml_file import nearest
from sim.arithmetics import Arithmetic, BlockSums, ExactSums, Single

__all__ = ["arithmetic_of"]

_HELP = "macsmith accuracy --help shows how arithmetics are named"
_TABLE_BITS = 8


def arithmetic_of(name: str, assignments: Sequence[str] = ()) -> Arithmetic:
    """The arithmetic of a name, or of a design: of one in the designs' folder, or of a file.

    Args:
        name: of the arithmetic or the design.
        assignments: ``key=value`` texts that override a design's parameters.

    Raises:
        RequestError: there is none.
    """
    if name in committed_designs() or name.endswith(".toml"):
        return _of_design(name, assignments)
    if assignments:
        raise RequestError(f"--set {assignments[0]} is for designs, and {name!r} is none")
    if name == "fp32":
        return Single()
    kind, *further = name.split(":")
    if kind in ("lmul", "mitchell"):
        return _added(name, kind, further)
    if kind == "lns":
        return _logarithmic(name, further)
    if further:
        return _columns(name, kind, further)
    if kind.partition("+")[0] in NAMED_BLOCKS:
        return BlockSums(parse_block(kind), kind)
    kinds = (Integer, Float, Posit)
    if not any(form.reads(kind) for form in kinds):
        hint = nearest(
            kind, [*NAMED_FLOATS, *NAMED_BLOCKS, "lmul", "mitchell", *committed_designs()]
        )
        raise RequestError(f"{name!r} is no arithmetic, no format and no design{hint} ({_HELP})")
    try:
        return ExactSums(parse_format(kind, kinds))
    except RequestError as error:
        raise _refused(name, str(error)) from error


def _of_design(name: str, assignments: Sequence[str]) -> Arithmetic:
    unit = load_design(name, assignments).configuration
    room = _room(FAMILIES[unit.family])
    if room is None:
        raise RequestError(
            f"{name} is a design of the unit {unit.unit}, whose sums are of integers or of several"
            f" formats: name an arithmetic instead ({_HELP})"
        )
    return room.arithmetic_of(unit)


def _columns(name: str, factors: str, further: list[str]) -> Arithmetic:
    """That of a family's columns: the first family that has such."""
    for family in FAMILIES.values():
        if (room := _room(family)) is not None:
            try:
                return room.named_arithmetic(factors, *further)
            except RequestError as error:
                raise _refused(name, str(error)) from error
    raise _refused(name, "no family of units sums in columns")


def _room(family: Family) -> ModuleType | None:
    """A family's arithmetic; None where it has none."""
    try:
        return family.room("sim", "arithmetic")
    except ModuleNotFoundError as error:
        if not str(error.name).endswith(".arithmetic"):
            raise
        return None


def _added(name: str, kind: str, further: list[str]) -> Arithmetic:
    from sim.arithmetics.logarithmic import AddedCodes

    if not 1 <= len(further) <= 2:
        raise _refused(name, f"{kind} takes the format of operands, and that of sums")
    try:
        form, sums = (Float.parse(word) for word in (further[0], (further[1:] or ["fp32"])[0]))
    except RequestError as error:
        raise _refused(name, str(error)) from error
    if form.fraction_bits == 0:
        raise _refused(name, f"{form.name} has no fraction")
    if sums.rounding is not Rounding.NEAREST_EVEN:
        raise _refused(name, "such sums are rounded to nearest even")
    return AddedCodes(form, kind == "lmul", sums)


def _logarithmic(name: str, further: list[str]) -> Arithmetic:
    from sim.arithmetics.logarithmic import Logarithmic

    match = re.fullmatch(r"(\d{1,2})\.(\d{1,2})(?::(\d{1,2}))?", ":".join(further))
    if match is None:
        raise _refused(name, "lns takes BITS.FRACTION[:TABLE], such as lns:8.3")
    bits, fraction, table = int(match[1]), int(match[2]), int(match[3] or _TABLE_BITS)
    try:
        check_integer("BITS", bits, 3, 12)
        check_integer("FRACTION", fraction, 0, bits - 2)
        check_integer("TABLE", table, 1, 24)
    except RequestError as error:
        raise _refused(name, str(error)) from error
    return Logarithmic(bits, fraction, table)


def _refused(name: str, reason: str) -> RequestError:
    return RequestError(f"{name!r} is no arithmetic: {reason}")
