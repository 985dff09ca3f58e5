"""What leaves a ternary core: scales, result formats, and every width of the exit."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, assert_never

from hw.errors import RequestError, check_integer
from hw.formats import Fixed, Float, Integer, Rounding
from hw.ternary import formulas
from hw.ternary.choices import Scale

__all__ = ["ExitPlan", "Result", "parse_result", "parse_scale"]

#: What a result is: a float, or a two's complement integer.
Result = Float | Integer

_RESULT_BITS = (2, 32)
_INTEGER_RESULTS = f"use intN with N from {_RESULT_BITS[0]} to {_RESULT_BITS[1]}"
_GROUP_INPUTS = (32, 256)


@dataclass(frozen=True, kw_only=True)
class ExitPlan:
    """An exit: how finished sums become results.

    A core's sum is a signed integer, worth ``2**exponent`` a unit. A result is

        sum * 2**exponent * scale                       without groups, scale 1 with ``none``
        (sum of group sums * their scales) * 2**exponent             with ``group``

    exactly, then rounded once, to the nearest and of two equally near to the even one. An integer
    result that was scaled saturates; a float overflows as its format says.

    Attributes:
        columns: K, sums that come at a time.
        units: R, results a beat, 1 to K.
        result: the format of the results.
        scale: what one scale belongs to.
        scale_format: of the scales; None without.
        bound: largest absolute sum that the core gives.
        total: largest absolute sum of all groups; ``bound`` without groups.
        exponents: least and largest exponent that comes with a sum; equal if it is a constant.
        invalid: a sum comes with a flag that makes it NaN.
        sums: the float format whose codes the sums are, each with its own exponent, infinities and
            NaN; None if they are integers. Then ``bound`` and ``total`` do not count.
        register: a register between the exact product and its rounding.

    Raises:
        RequestError: what is asked for does not go together.
    """

    columns: int
    units: int
    result: Result
    scale: Scale = Scale.NONE
    scale_format: Fixed | Float | None = None
    bound: int
    total: int
    exponents: tuple[int, int] = (0, 0)
    invalid: bool = False
    sums: Float | None = None
    register: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "scale", Scale.read("scale", self.scale))
        name = self.result.name
        if self.sums and (self.grouped or not isinstance(self.result, Float)):
            raise RequestError(
                f"scale = {self.scale!r} with result = {name!r} is not supported with style ="
                " 'float': its sums are scaled one by one, by a tensor's or a column's scale, and"
                " results are floats"
            )
        match self.result:
            case Float(rounding=rounding):
                if rounding is not Rounding.NEAREST_EVEN:
                    raise RequestError(
                        f"result = {name!r} is not supported: results are rounded to nearest even"
                    )
            case Integer():
                self._check_integer_result(name)
            case _:
                assert_never(self.result)
        if self.grouped and not isinstance(self.scale_format, Fixed):
            raise RequestError(
                f"scale_format = {_format_name(self.scale_format)!r} is not allowed with scale ="
                " 'group': the products of groups are added exactly, so it must be fixed-point,"
                " such as 'u16.24'"
            )
        if self.grouped and self.exponents[0] != self.exponents[1]:
            raise RequestError(
                "scale = 'group' is not supported with sums that carry an exponent each"
            )

    def _check_integer_result(self, name: str) -> None:
        if self.result.bits not in range(_RESULT_BITS[0], _RESULT_BITS[1] + 1) or name[0] == "u":
            raise RequestError(f"result = {name!r} is not supported: {_INTEGER_RESULTS}")
        if self.exponents != (0, 0) or self.invalid:
            raise RequestError(
                f"result = {name!r} is not supported with floating-point activations: use a float"
            )
        if isinstance(self.scale_format, Float):
            raise RequestError(
                f"scale_format = {self.scale_format.name!r} is not supported with result ="
                f" {name!r}: integers are scaled in fixed point, such as 'u16.24'"
            )
        bits = self.bound.bit_length() + 1
        if self.scale is Scale.NONE and bits > self.result_bits:
            raise RequestError(
                f"result = {name!r} is too narrow: without a scale results are exact, and they"
                f" reach {self.bound}, which takes {bits} bits"
            )

    @property
    def scaled(self) -> bool:
        """Whether scales come in."""
        return self.scale is not Scale.NONE

    @property
    def grouped(self) -> bool:
        """Whether several sums of the core make a result."""
        return self.scale is Scale.GROUP

    @property
    def beats(self) -> int:
        """Beats that the results of a sum take; in the last one some may stand for no column."""
        return formulas.beats(self.columns, self.units)

    @property
    def latency(self) -> int:
        """Cycles from the one in which the core shows a sum to the one with its first results.

        One for the buffer, which is not there if all results leave at once, and one for the
        register.
        """
        return formulas.exit_latency(self.beats, self.register)

    @property
    def result_bits(self) -> int:
        """Width of a result."""
        return self.result.bits

    @property
    def scale_bits(self) -> int:
        """Width of a scale; 0 without."""
        return self.scale_format.bits if self.scale_format else 0

    @property
    def sum_bits(self) -> int:
        """Width of a core's sum, as far as it carries something; of a code."""
        return self.sums.bits if self.sums else self.bound.bit_length() + 1

    @property
    def significand_bits(self) -> int:
        """Width of the integer in a scale; 0 without."""
        if isinstance(self.scale_format, Float):
            return self.scale_format.significand_bits
        return self.scale_bits

    @property
    def product_bits(self) -> int:
        """Width of the exact magnitude of what is rounded."""
        return self._largest_product.bit_length()

    @property
    def _largest_product(self) -> int:
        largest = (1 << self.sums.significand_bits) - 1 if self.sums else self.total
        return largest * ((1 << self.significand_bits) - 1 if self.scaled else 1)

    @property
    def two_complement(self) -> bool:
        """Whether the exact product is in two's complement, and not a sign and a magnitude."""
        return self.grouped or isinstance(self.result, Integer)

    @property
    def half(self) -> int:
        """Half a unit of a scaled integer result; 0 if nothing is rounded, or a float."""
        return 0 if isinstance(self.result, Float) else 1 << self.shift >> 1

    @property
    def value_bits(self) -> int:
        """Width of the exact product in two's complement, with ``half`` added."""
        return (self._largest_product + self.half).bit_length() + 1

    @property
    def shift(self) -> int:
        """What an integer result is shifted by to the right."""
        return self.scale_format.fraction_bits if isinstance(self.scale_format, Fixed) else 0

    @property
    def product_exponents(self) -> tuple[int, int]:
        """Least and largest binary weight of the lowest bit of what is rounded."""
        low, high = self.exponents
        if self.sums:
            low = self.sums.least_exponent
            high = low + self.sums.largest_field - 1
        if isinstance(self.scale_format, Float):
            least = self.scale_format.least_exponent
            return low + least, high + least + self.scale_format.largest_field - 1
        return low - self.shift, high - self.shift


def parse_result(name: Any) -> Result:
    """Read the name of a result's format: ``intN``, or a float's name.

    Raises:
        RequestError: it is neither.
    """
    low, high = _RESULT_BITS
    match = re.fullmatch(r"int([1-9][0-9]?)", name) if isinstance(name, str) else None
    if match and low <= int(match[1]) <= high:
        return Integer(int(match[1]), signed=True)
    try:
        return Float.parse(name)
    except RequestError as error:
        raise RequestError(
            f"result = {name!r} is not the name of a format for results: {_INTEGER_RESULTS},"
            f" or a floating-point format such as 'bf16' ({error})"
        ) from error


def parse_scale(
    scale: Scale, scale_group: Any, scale_format: Any, tile_inputs: int
) -> Fixed | Float | None:
    """Check the parameters of scales and read their format.

    Args:
        scale: what one scale belongs to.
        scale_group: inputs that share a scale; 0 without groups.
        scale_format: name of the scales' format; empty without.
        tile_inputs: activations of a tile, of which a group takes whole ones.

    Raises:
        RequestError: one of them is not allowed, or they contradict each other.
    """
    if scale is Scale.GROUP:
        check_integer("scale_group", scale_group, *_GROUP_INPUTS)
        if scale_group % tile_inputs:
            raise RequestError(
                f"scale_group = {scale_group} is not allowed: it must be a multiple of the"
                f" {tile_inputs} inputs of a tile"
            )
    elif type(scale_group) is not int or scale_group != 0:
        raise RequestError(
            f"scale_group = {scale_group!r} is not allowed with scale = {scale!r}: it must be 0"
        )
    if scale is Scale.NONE:
        if scale_format != "":
            raise RequestError(f"scale_format = {scale_format!r} is not allowed without a scale")
        return None
    for kind in (Fixed, Float):
        try:
            return kind.parse(scale_format)
        except RequestError:
            continue
    raise RequestError(
        f"scale_format = {scale_format!r} is not the name of a format for scales: use uN.F (N bits"
        " in units of 2**-F), or a floating-point format such as 'bf16'"
    )


def _format_name(form: Fixed | Float | None) -> str:
    return form.name if form else ""
