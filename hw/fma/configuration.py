"""Configurations of the fused multiply-add units: every parameter checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, ClassVar

from amaranth.lib import wiring

from hw.choices import Choice
from hw.errors import RequestError, check_integer
from hw.fma.normalization import Normalization
from hw.fma.parts import PARTS
from hw.fma.products import Multiplier, ProductForm, product_form
from hw.fma.raw import Raw, is_raw
from hw.formats import Float, Rounding
from hw.unit import Stream

__all__ = ["Cut", "Difference", "Fma", "FmaLimits", "Product"]

MOST_DEPTH = 6
MOST_GUARD_BITS = 8


class Product(Choice):
    """How the product of two significands enters the sum.

    Attributes:
        RAW: as it is, from 1 to below 4: what is normal has its leading bit in one of two places,
            or of three of some multipliers.
        NORMALIZED: with its leading bit in the first place.
    """

    RAW = "raw"
    NORMALIZED = "normalized"


class Cut(Choice):
    """What becomes of bits below the last one that is kept.

    Attributes:
        TRUNCATE: nothing.
        JAM: the last bit that is kept becomes 1 if one of them is 1.
    """

    TRUNCATE = "truncate"
    JAM = "jam"


class Difference(Choice):
    """What becomes of a difference of significands that is below 0.

    Attributes:
        NEGATED: its magnitude.
        INVERTED: the magnitude less one, which takes no adder. A sum that goes on only rarely
            changes its sign, so that this hardly ever happens to its last bit.
    """

    NEGATED = "negated"
    INVERTED = "inverted"


_CHOICES: Mapping[str, type[Choice]] = {
    "multiplier": Multiplier,
    "product": Product,
    "cut": Cut,
    "difference": Difference,
}


@dataclass(frozen=True)
class FmaLimits:
    """What sizes the exponents of accumulators that are not floats.

    Attributes:
        terms: the most products that one sum takes, 1 to 2**24.

    Raises:
        RequestError: they are out of range.
    """

    terms: int = 4096

    def __post_init__(self) -> None:
        check_integer("workload.terms", self.terms, 1, 1 << 24)

    def limits(self) -> dict[str, Any]:
        """The limits as a design file states them."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class Fma:
    """A fused multiply-add unit: ``a * b + c``, rounded once or not at all.

    Attributes:
        a, b: formats of the factors, floats; no ``b`` is that of a.
        multiplier: a `Multiplier`, or its name. All but the exact one flush subnormals.
        accumulator: of c and of the result: a float, which has the rounding and the policies, or
            ``rawW`` with W bits of significand (`hw.fma.raw.Raw`), which is cut, not rounded.
        normalization: what becomes of a sum's leading zeros (`hw.fma.normalization`). Floats have
            the leading bit nowhere but in the first place, so their sums are normalised exactly.
        product: a `Product`, or its name; only with a raw accumulator there is a choice.
        guard_bits: bits below a raw significand that a sum is made with, 0 to 8.
        cut: a `Cut`, or its name; of what raw sums lose.
        difference: a `Difference`, or its name; of raw sums.
        flags: results of a float come with invalid, overflow, underflow and inexact.
        depth: registers from operands to results, 0 to 6: the latency.
        workload: the longest sum.

    Raises:
        RequestError: a parameter is out of range, or parameters contradict each other.
    """

    a: str
    b: str = ""
    accumulator: str
    multiplier: Multiplier = Multiplier.EXACT
    normalization: str = "exact"
    product: Product = Product.RAW
    guard_bits: int = 0
    cut: Cut = Cut.TRUNCATE
    difference: Difference = Difference.NEGATED
    flags: bool = False
    depth: int = 1
    workload: FmaLimits = FmaLimits()

    unit: ClassVar[str] = "fma"
    meaning: ClassVar[str] = (
        "fused multiply-add unit of floats, exact or with partial sums that are not normalised"
    )
    family: ClassVar[str] = "fma"
    operation: ClassVar[str] = "multiplication"
    limits: ClassVar[type] = FmaLimits
    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {
        name: tuple(choice) for name, choice in _CHOICES.items()
    }
    formats: ClassVar[tuple[str, ...]] = ("a",)
    parts: ClassVar[Mapping[str, str]] = PARTS

    def __post_init__(self) -> None:
        object.__setattr__(self, "a", _factor("a", self.a).name)
        object.__setattr__(self, "b", _factor("b", self.a if self.b == "" else self.b).name)
        normalization = Normalization.parse(self.normalization)
        object.__setattr__(self, "normalization", normalization.name)
        for name, choice in _CHOICES.items():
            object.__setattr__(self, name, choice.read(name, getattr(self, name)))
        check_integer("guard_bits", self.guard_bits, 0, MOST_GUARD_BITS)
        check_integer("depth", self.depth, 0, MOST_DEPTH)
        product_form(self.multiplier, *self.factors)
        if type(self.flags) is not bool:
            raise RequestError(f"flags = {self.flags!r} is not allowed: it must be true or false")
        if is_raw(self.accumulator):
            self._check_raw(normalization)
        else:
            object.__setattr__(self, "accumulator", _sum_format(self.accumulator).name)
            self._check_float()

    def _check_raw(self, normalization: Normalization) -> None:
        """See what holds of accumulators that are cut, not rounded."""
        bits = Raw.width_of(self.accumulator)
        object.__setattr__(self, "accumulator", f"raw{bits}")
        if self.flags:
            raise RequestError(
                f"flags = true is not allowed with accumulator = {self.accumulator!r}: what is not"
                " rounded has no exceptions"
            )
        if normalization.bits >= bits:
            raise RequestError(
                f"normalization = {self.normalization!r} is not allowed with accumulator ="
                f" {self.accumulator!r}: it looks at {normalization.bits} leading bits, and at"
                f" most {bits - 1} leave one"
            )
        if self.cut is Cut.JAM and self.workload.terms > 1 << bits - 2:
            raise RequestError(
                f"cut = 'jam' is not allowed with accumulator = {self.accumulator!r} and sums of"
                f" {self.workload.terms} terms: what each of them adds to the last bit could be"
                f" more than the sum; at most {1 << bits - 2} terms"
            )

    def _check_float(self) -> None:
        """See that nothing is asked of a float accumulator that only raw ones have."""
        plain = {
            "normalization": "exact",
            "product": Product.RAW,
            "guard_bits": 0,
            "cut": Cut.TRUNCATE,
            "difference": Difference.NEGATED,
        }
        for name, value in plain.items():
            if (given := getattr(self, name)) != value:
                raise RequestError(
                    f"{name} = {given!r} is not allowed with accumulator = {self.accumulator!r}: a"
                    " float is normalised and rounded exactly; accumulators such as 'raw16' are not"
                )

    @cached_property
    def factors(self) -> tuple[Float, Float]:
        """The formats of a and b."""
        return Float.parse(self.a), Float.parse(self.b)

    @cached_property
    def sum_format(self) -> Float | None:
        """The format of c and of the result; None where they are raw."""
        return None if is_raw(self.accumulator) else Float.parse(self.accumulator)

    @cached_property
    def normalizing(self) -> Normalization:
        """What becomes of leading zeros."""
        return Normalization.parse(self.normalization)

    @cached_property
    def product_form(self) -> ProductForm:
        """The product of two significands."""
        return product_form(self.multiplier, *self.factors)

    @property
    def product_bits(self) -> int:
        """Its width."""
        return self.product_form.bits

    @property
    def product_exponents(self) -> tuple[int, int]:
        """The least and the largest weight of its last bit."""
        low, high = zip(*(form.exponents for form in self.factors), strict=True)
        below = sum(form.fraction_bits for form in self.factors) - self.product_form.fraction_bits
        return sum(low) + below, sum(high) + below

    @property
    def window_bits(self) -> int:
        """Width of the significands that a raw sum is made of."""
        return Raw.width_of(self.accumulator) + self.guard_bits

    @property
    def exponent_offset(self) -> int:
        """What a raw product's exponent exceeds the sum of its factors' fields by, at least 1 each.

        As much as no shift of a sum leads below exponent 0; a power of two, which is added easily.
        """
        most_shift = self.normalizing.most_shift(self.window_bits)
        offset = 0 if most_shift <= 2 else 1 << (most_shift - 3).bit_length()
        return offset + (self.product is Product.NORMALIZED) * self.product_form.zeros

    @cached_property
    def raw(self) -> Raw:
        """The accumulator that is not normalised; only where it is one."""
        bits = Raw.width_of(self.accumulator)
        low, high = self.product_exponents
        # A sum of n products below 2**p is below n * 2**p, and once more for what is jammed.
        growth = (self.workload.terms - 1).bit_length() + 1
        first = self.exponent_offset + 2
        return Raw(
            bits,
            unit=low + self.product_bits - bits - first,
            largest_exponent=first + high - low + growth,
        )

    @property
    def specials(self) -> tuple[str, ...]:
        """What a raw sum says besides its number: it met a NaN, an infinity of a sign."""
        infinities = any(form.infinities for form in self.factors)
        nan = infinities or any(form.nan != "none" for form in self.factors)
        return ("nan",) * nan + ("positive", "negative") * infinities

    @property
    def latency(self) -> int:
        """A cycle for each register."""
        return self.depth

    @property
    def initiation_interval(self) -> int:
        """A sum a cycle."""
        return 1

    @property
    def operations_per_cycle(self) -> int:
        """One."""
        return 1

    def parameters(self) -> dict[str, Any]:
        """The parameters as a design file states them, defaults resolved."""
        return {
            "a": self.a,
            "b": self.b,
            "accumulator": self.accumulator,
            "multiplier": str(self.multiplier),
            "normalization": self.normalization,
            "product": str(self.product),
            "guard_bits": self.guard_bits,
            "cut": str(self.cut),
            "difference": str(self.difference),
            "flags": self.flags,
            "depth": self.depth,
        }

    def component(self) -> wiring.Component:
        """The circuit."""
        from hw.fma.core import Core  # which needs configurations

        return Core(self)

    def signature(self) -> wiring.Signature:
        """The circuit's ports."""
        from hw.fma.ports import signature

        return signature(self)

    def streams(self) -> tuple[Stream, ...]:
        """The circuit's streams and what they carry."""
        from hw.fma.ports import streams

        return streams(self)

    def manifest(self) -> dict[str, Any]:
        """What a stranger must know of the unit besides its ports and streams."""
        from hw.fma.manifest import manifest_of

        return manifest_of(self)


def _factor(name: str, value: object) -> Float:
    """The format of a factor.

    Raises:
        RequestError: it is no float.
    """
    try:
        return Float.parse(value if isinstance(value, str) else repr(value))
    except RequestError as error:
        raise RequestError(f"{name} = {value!r} is not allowed: {error}") from error


def _sum_format(name: object) -> Float:
    """The format of a float accumulator.

    Raises:
        RequestError: it is none, or it needs random words.
    """
    try:
        form = Float.parse(name if isinstance(name, str) else repr(name))
    except RequestError as error:
        raise RequestError(
            f"accumulator = {name!r} is not allowed: {error}; or rawW with W bits of significand"
        ) from error
    if form.rounding is Rounding.STOCHASTIC:
        raise RequestError(
            f"accumulator = {name!r} is not allowed: sums are not rounded with random words"
        )
    return form
