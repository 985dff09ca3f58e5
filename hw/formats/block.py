"""Block formats: so many elements that share a scale."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from hw.choices import Choice
from hw.errors import RequestError, check_integer
from hw.formats.floating import Float
from hw.formats.integer import Integer
from hw.formats.rounding import Rounding
from hw.formats.scale import Scale

__all__ = ["NAMED_BLOCKS", "Block", "ScaleRounding", "block_meanings", "parse_block"]

_MOST_SIZE, _MOST_SCALE_BITS = 1 << 16, 62


class ScaleRounding(Choice):
    """How a block's scale follows from the largest magnitude ``a`` among its values.

    With ``m`` for the largest element, and ``e`` for the exponent of its leading bit:

    Attributes:
        FLOOR: of powers of two ``2**(floor(log2 a) - e)``, as OCP MX has it: an element may exceed
            ``m`` and then saturates. Of other scales the largest one that is not above ``a / m``.
        CEIL: ``2**(ceil(log2 a) - e)``; for powers of two only.
        NEAREST: of powers of two as ``FLOOR``, of ``a`` after it has been rounded, to nearest
            even, to the significand of an element. Of other scales the one nearest to ``a / m``.
        ROUND_UP: the smallest scale that is not below ``a / m``: no element saturates.
    """

    FLOOR = "floor"
    CEIL = "ceil"
    NEAREST = "nearest"
    ROUND_UP = "round_up"


@dataclass(frozen=True)
class Block:
    """So many elements and one scale word; a value is the scale times the element.

    Attributes:
        element: what elements are codes of: a float that saturates, or a signed integer.
        scale: what a scale is a code of, the lowest bits of the scale word.
        size: elements of a block, 1 to 65536.
        element_exponent: elements are worth 2 to it of what their format says: -6 for MXINT8.
        scale_rounding: how the scale is chosen.
        other_element: the elements' other format, of the same width: one more bit of the scale
            word, above the scale, is 1 in a block that has it. The one with the smaller sum of
            squared errors is taken; of two equal ones, the first.
        groups: sizes of groups within the block, each of which doubles its elements' worth if its
            bit is 1; these bits follow in the scale word, the first group's lowest: first those of
            the first size, then those of the second. They divide each other and the block.
        symmetric: integers do not use their smallest code, which has no opposite.

    Raises:
        RequestError: the parts do not go together.
    """

    element: Float | Integer
    scale: Scale
    size: int
    element_exponent: int = 0
    scale_rounding: ScaleRounding = ScaleRounding.FLOOR
    other_element: Float | None = None
    groups: tuple[int, ...] = ()
    symmetric: bool = True

    def __post_init__(self) -> None:
        check_integer("the size of a block", self.size, 1, _MOST_SIZE)
        chosen = ScaleRounding.read("the scale rounding of a block", self.scale_rounding)
        object.__setattr__(self, "scale_rounding", chosen)
        if chosen is ScaleRounding.CEIL and self.scale.fraction_bits:
            raise RequestError(
                f"scale rounding 'ceil' is for powers of two, not for scales in {self.scale.name}:"
                " use 'round_up'"
            )
        if chosen is not ScaleRounding.NEAREST and self.groups:
            raise RequestError(
                f"scale rounding {chosen!r} is not defined for a block with groups of elements: use"
                " 'nearest'"
            )
        sizes = (self.size, *self.groups)
        if any(size % part for size, part in zip(sizes, self.groups, strict=False)):
            raise RequestError(
                f"groups of {' and '.join(map(str, self.groups))} elements do not divide a block of"
                f" {self.size}"
            )
        if self.scale_bits > _MOST_SCALE_BITS:
            raise RequestError(
                f"a scale word of {self.scale_bits} bits is not supported: it must be 1 to"
                f" {_MOST_SCALE_BITS}"
            )
        for form in (self.element, self.other_element):
            if isinstance(form, Float) and not form.saturate:
                raise RequestError(f"elements of a block saturate, which {form.name} does not")
            if form is not None and not form.signed:
                raise RequestError(f"elements of a block have a sign, which {form.name} has not")
            if form is not None and form.bits != self.element.bits:
                raise RequestError(
                    f"{form.name} and {self.element.name} are no elements of one block: their codes"
                    f" have {form.bits} and {self.element.bits} bits"
                )

    @property
    def name(self) -> str:
        """The name that `parse_block` reads back.

        Raises:
            RequestError: it has none, because only its maker knows it.
        """
        for base, form in NAMED_BLOCKS.items():
            if self.parts() == form.parts():
                options = [f"block{self.size}"] if self.size != form.size else []
                if self.scale_rounding != form.scale_rounding:
                    options.append(self.scale_rounding)
                return "+".join([base, *options])
        raise RequestError(f"a block format of {self.size} {self.element.name} has no name")

    def parts(self) -> tuple[Any, ...]:
        """All that is not an option of a name."""
        return (
            self.element,
            self.scale,
            self.element_exponent,
            self.other_element,
            self.groups,
            self.symmetric,
        )

    def formats(self) -> list[Float | Integer]:
        """The formats that elements may have, by the bit that chooses."""
        return [self.element, *([] if self.other_element is None else [self.other_element])]

    def largest_element(self, form: Float | Integer) -> Fraction:
        """What the largest positive element is worth, with the scale 1 and no doubling."""
        return form.largest * Fraction(2) ** self.element_exponent

    @property
    def largest(self) -> Fraction:
        """The largest value."""
        element = max(map(self.largest_element, self.formats()))
        return element * self.scale.largest * (1 << len(self.groups))

    @property
    def group_bits(self) -> int:
        """How many bits of the scale word double groups."""
        return sum(self.size // part for part in self.groups)

    @property
    def scale_bits(self) -> int:
        """Width of the scale word."""
        return self.scale.bits + (self.other_element is not None) + self.group_bits

    @property
    def bits_per_value(self) -> Fraction:
        """Elements and their part of the scale word."""
        return self.element.bits + Fraction(self.scale_bits, self.size)

    def encoding(self) -> dict[str, Any]:
        """Name, elements, scale word."""
        return {
            "format": self.name,
            "encoding": "elements times one scale",
            "size": self.size,
            "elements": [form.encoding() for form in self.formats()],
            "element_exponent": self.element_exponent,
            "scale": self.scale.encoding(),
            "scale_bits": self.scale_bits,
            "scale_rounding": self.scale_rounding,
            "groups": list(self.groups),
        }


def _float(name: str, **changes: Any) -> Float:
    return replace(Float.parse(name), saturate=True, **changes)


_E8M0, _UE4M3, _UE5M3 = Scale(8, 0), Scale(4, 3), Scale(5, 3)
_NEAREST = ScaleRounding.NEAREST

#: The named block formats.
NAMED_BLOCKS: dict[str, Block] = {
    "mxfp8_e4m3": Block(_float("fp8_e4m3"), _E8M0, 32),
    "mxfp8_e5m2": Block(_float("fp8_e5m2"), _E8M0, 32),
    "mxfp6_e2m3": Block(_float("fp6_e2m3"), _E8M0, 32),
    "mxfp6_e3m2": Block(_float("fp6_e3m2"), _E8M0, 32),
    "mxfp4": Block(_float("fp4_e2m1"), _E8M0, 32),
    "mxint8": Block(Integer(8, signed=True), _E8M0, 32, -6),
    "nvfp4": Block(_float("fp4_e2m1"), _UE4M3, 16, scale_rounding=_NEAREST),
    "nvfp4_ue5m3": Block(_float("fp4_e2m1"), _UE5M3, 16, scale_rounding=_NEAREST),
    "nvint4": Block(Integer(4, signed=True), _UE4M3, 16, scale_rounding=_NEAREST),
    "mixfp4": Block(_float("fp4_e2m1"), _UE4M3, 16, 0, _NEAREST, _float("e1m2")),
    "hif4": Block(
        _float("e1m2", rounding=Rounding.NEAREST_AWAY),
        Scale(6, 2),
        64,
        -1,
        _NEAREST,
        groups=(8, 4),
    ),
    "dfp16": Block(Integer(16, signed=True), _E8M0, 32, -14),
}

#: Where each of them is defined.
_ORIGINS: dict[str, str] = {
    "mxfp8_e4m3": "OCP MX",
    "mxfp8_e5m2": "OCP MX",
    "mxfp6_e2m3": "OCP MX",
    "mxfp6_e3m2": "OCP MX",
    "mxfp4": "OCP MX",
    "mxint8": "OCP MX",
    "nvfp4": "NVFP4",
    "nvfp4_ue5m3": "NVFP4 with a wider scale",
    "nvint4": "NVINT4",
    "mixfp4": "MixFP4 (arXiv 2605.31035)",
    "hif4": "HiFloat4 (arXiv 2602.11287)",
    "dfp16": "dynamic fixed point",
}


def parse_block(name: str) -> Block:
    """Read a block format's name: one of `NAMED_BLOCKS`, then options after ``+``.

    Options: a `ScaleRounding`, and ``blockN`` for N elements.

    Raises:
        RequestError: it is no such name, or the options do not go with the format.
    """
    base, *options = name.split("+") if isinstance(name, str) else [""]
    if base not in NAMED_BLOCKS:
        raise RequestError(f"{name!r} is not a block format: use {', '.join(NAMED_BLOCKS)}")
    changes: dict[str, Any] = {}
    for option in options:
        size = re.fullmatch(r"block([1-9][0-9]{0,5})", option)
        if size:
            changes["size"] = int(size[1])
        elif option in tuple(ScaleRounding):
            changes["scale_rounding"] = ScaleRounding(option)
        else:
            raise RequestError(
                f"{option!r} in {name!r} is not one of {ScaleRounding.words()}, blockN"
            )
    return replace(NAMED_BLOCKS[base], **changes)


def block_meanings() -> dict[str, str]:
    """One line of plain words for each named block format."""
    lines = {}
    for name, form in NAMED_BLOCKS.items():
        elements = " or ".join(element.name for element in form.formats())
        if form.groups:
            elements = f"sign and three bits, bits that double groups of {form.groups[0]} and"
            elements += f" {form.groups[1]}"
        lines[name] = (
            f"{_ORIGINS[name]}, {form.size} elements ({elements}), a scale ({form.scale.name}),"
            f" {float(form.bits_per_value):g} bits a value"
        )
    return lines
