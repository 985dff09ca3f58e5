"""Styles of arithmetic: what a core makes of its activations before it sums them.

- ``integer``: integer activations, summed exactly.
- ``float``: floating-point adders in table, reduction and accumulation; each one rounds.
- ``exact``: floating-point activations become integers, once, in units of the format's smallest
  number; sums are exact and rounded once, at the exit. The result does not depend on any order.
- ``aligned``: as ``exact``, but in units that a block's largest exponent sets: an activation keeps
  what is above ``aligned_bits`` bits below that. A block is the activations of one sum.

`Arithmetic` holds what follows from a style, an activation format and the parameters that go with
them.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, assert_never

from hw.errors import RequestError, check_integer
from hw.float import MOST_STAGES, holds
from hw.formats import Float, Format, Integer, Rounding, parse_format
from hw.ternary.choices import Style

__all__ = ["Arithmetic"]

#: The styles that activations of a kind of formats may have; of other kinds there are none.
_STYLES_OF: dict[type[Format], tuple[Style, ...]] = {
    Integer: (Style.INTEGER,),
    Float: (Style.FLOAT, Style.EXACT, Style.ALIGNED),
}

#: Roundings of a number that give its opposite where they round the opposite number.
_SYMMETRIC = (Rounding.NEAREST_EVEN, Rounding.NEAREST_AWAY, Rounding.TOWARD_ZERO)

_MOST_OPERAND_BITS = 48
_DEFAULT_ALIGNED_BITS = 24


@dataclass(frozen=True)
class Arithmetic:
    """A style of arithmetic with its parameters, checked and with defaults resolved.

    Attributes:
        name: a `Style` or its word; empty: ``integer`` for integers (floats must say).
        activation: format of the activations, or its name.
        sum_format: format in which table and reduction add; ``float`` only, by default the
            activations'. It holds every activation.
        accumulator_format: format of accumulators and results; ``float`` only, by default
            ``sum_format``, of which it holds every number.
        adder_stages: registers in each adder (and multiplier), 0 to 5; ``float`` only.
        aligned_bits: width of an aligned activation, 4 to 48, sign included; ``aligned`` only, by
            default 24.

    Raises:
        RequestError: a value is out of range, or does not go with the style.
    """

    name: Style
    activation: Format
    sum_format: Float | None = None
    accumulator_format: Float | None = None
    adder_stages: int = 0
    aligned_bits: int = 0

    def __post_init__(self) -> None:
        set_ = object.__setattr__
        activation = _format("activation", self.activation, _STYLES_OF)
        set_(self, "activation", activation)
        allowed = _STYLES_OF[type(activation)]
        if len(allowed) == 1:
            set_(self, "name", self.name or allowed[0])
        if self.name not in allowed or not isinstance(self.name, str):
            raise RequestError(
                f"style = {self.name!r} does not go with {activation.name} activations: it must be"
                f" {' or '.join(allowed)}"
            )
        set_(self, "name", Style(self.name))
        self._check_float()
        self._check_operand()

    def _check_float(self) -> None:
        set_ = object.__setattr__
        if self.name is not Style.FLOAT:
            for field in ("sum_format", "accumulator_format", "adder_stages"):
                if getattr(self, field):
                    raise RequestError(
                        f"{field} = {_shown(getattr(self, field))} is for style = 'float' only,"
                        f" not {self.name!r}"
                    )
            return
        check_integer("adder_stages", self.adder_stages, 0, MOST_STAGES)
        narrow = self.number
        for field in ("sum_format", "accumulator_format"):
            form = getattr(self, field) or narrow
            form = _format(field, form, _STYLES_OF)
            if not isinstance(form, Float) or not holds(form, narrow):
                raise RequestError(
                    f"{field} = {form.name!r} does not hold every number of {narrow.name}"
                )
            if form.rounding not in _SYMMETRIC:
                raise RequestError(
                    f"{field} = {form.name!r} is not allowed: sums are negated after they are"
                    f" rounded, so a core rounds to {', '.join(_SYMMETRIC)}"
                )
            set_(self, field, form)
            narrow = form

    def _check_operand(self) -> None:
        if self.name is Style.ALIGNED:
            bits = self.aligned_bits
            object.__setattr__(self, "aligned_bits", bits or _DEFAULT_ALIGNED_BITS)
            check_integer("aligned_bits", self.aligned_bits, 4, _MOST_OPERAND_BITS)
        elif self.aligned_bits:
            raise RequestError(
                f"aligned_bits = {self.aligned_bits} is for style = 'aligned' only, not"
                f" {self.name!r}"
            )
        if self.name is Style.EXACT and self.number.magnitude_bits >= _MOST_OPERAND_BITS:
            raise RequestError(
                f"style = 'exact' turns {self.activation.name} into integers of"
                f" {self.number.magnitude_bits + 1} bits, more than {_MOST_OPERAND_BITS}: use style"
                " = 'aligned'"
            )

    @property
    def number(self) -> Float:
        """The activations' format, where they are floats."""
        assert isinstance(self.activation, Float)
        return self.activation

    @property
    def addition(self) -> Float:
        """The format in which table and reduction add; for style ``float``."""
        assert self.sum_format is not None
        return self.sum_format

    @property
    def accumulation(self) -> Float:
        """The format of accumulators; for style ``float``."""
        assert self.accumulator_format is not None
        return self.accumulator_format

    @property
    def operand(self) -> Integer:
        """What tables and lanes work on; in style ``float`` only the shape of the table counts."""
        match self.name:
            case Style.INTEGER:
                assert isinstance(self.activation, Integer)
                return self.activation
            case Style.FLOAT:
                bits = 2
            case Style.EXACT:
                bits = self.number.magnitude_bits + 1
            case Style.ALIGNED:
                bits = self.aligned_bits
            case _:
                assert_never(self.name)
        return Integer(bits, signed=True)

    @property
    def converts(self) -> bool:
        """Whether floating-point activations become integers on their way to the tables."""
        return self.name in (Style.EXACT, Style.ALIGNED)

    @property
    def unit_exponents(self) -> tuple[int, int]:
        """The least and the largest weight of an operand's, and so of a sum's, last bit."""
        match self.name:
            case Style.INTEGER | Style.FLOAT:
                return (0, 0)
            case Style.EXACT:
                return (self.number.least_exponent, self.number.least_exponent)
            case Style.ALIGNED:
                return (self.unit_exponent(1), self.unit_exponent(self.number.largest_field))
            case _:
                assert_never(self.name)

    def unit_exponent(self, block: int) -> int:
        """Weight of an aligned operand's last bit for a block exponent, a field of the format."""
        form = self.number
        # The significand's top bit is the one below the sign.
        return form.least_exponent + form.fraction_bits + block - 1 - (self.aligned_bits - 2)

    def largest_sum(self, inputs: int, bias_limit: int, largest_weight: int = 1) -> int:
        """The largest absolute sum, in units of its last bit; an aligned block holds the bias, too.

        Args:
            inputs: non-zero weights of the sum.
            bias_limit: largest absolute bias.
            largest_weight: largest absolute weight.
        """
        largest = self.operand.magnitude * largest_weight
        if self.name is Style.ALIGNED:
            return (inputs + (bias_limit > 0)) * largest
        return inputs * largest + (bias_limit << -self.unit_exponents[0])

    def parameters(self) -> dict[str, Any]:
        """The parameters as a design file states them; those that do not apply are left out."""
        stated: dict[str, Any] = {"activation": self.activation.name}
        if self.name is not Style.INTEGER:
            stated = {"style": self.name} | stated
        if self.name is Style.FLOAT:
            stated |= {
                "sum_format": self.addition.name,
                "accumulator_format": self.accumulation.name,
                "adder_stages": self.adder_stages,
            }
        if self.name is Style.ALIGNED:
            stated["aligned_bits"] = self.aligned_bits
        return stated


def _format(field: str, form: Any, kinds: Collection[type[Format]]) -> Format:
    """A format of these kinds, if it is none yet by its name."""
    if type(form) in kinds:
        return form
    try:
        return parse_format(form.name if isinstance(form, Format) else form, kinds)
    except RequestError as error:
        raise RequestError(f"{field}: {error}") from error


def _shown(value: Any) -> str:
    return repr(value.name if isinstance(value, Float) else value)
