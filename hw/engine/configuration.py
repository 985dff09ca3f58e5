"""Configurations of matrix engines: every parameter checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from typing import Any, ClassVar

from amaranth.lib import wiring

from hw.engine.parts import PARTS
from hw.errors import RequestError, check_integer
from hw.fma import Cut, Difference, Fma, FmaLimits, Multiplier, Product
from hw.formats import Float, Integer, Rounding, parse_format
from hw.unit import Stream

__all__ = ["EngineLimits", "MatrixEngine"]

MOST_ROWS = MOST_COLUMNS = 256
#: Parameters of the multiply-adds that a `Fma` has under the same name, and integers have not.
_OF_FLOATS = (
    *("accumulator", "multiplier", "normalization", "product"),
    *("guard_bits", "cut", "difference"),
)


@dataclass(frozen=True)
class EngineLimits:
    """What sizes integer sums, and exponents of sums that are not normalised.

    Attributes:
        terms: the most products that one sum takes, 1 to 2**24, if sums may enter the columns;
            else these are as many as there are rows.

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
class MatrixEngine:
    """An array of processing elements: weights stay, activations go right, sums go down.

    Attributes:
        rows: elements of a column, 1 to 256: the products that a sum takes on its way down.
        columns: of the array, 1 to 256: the sums of a row of activations.
        a, b: formats of activations and weights, both floats or both integers; no ``b`` is a's.
        accumulator: of sums of floats, as of `hw.fma.Fma`. Integers have none: their sums are
            exact, as wide as the longest one needs.
        result: the float that finished sums are rounded to, once, at the foot of their column. None
            leaves them as they are.
        initial: sums enter at the top of the columns, so that those of one tile of weights go on
            in the next one; else every sum starts at 0.
        multiplier, normalization, product, guard_bits, cut, difference: of sums of floats, as of
            `hw.fma.Fma`.
        workload: the longest sum.

    Raises:
        RequestError: a parameter is out of range, or parameters contradict each other.
    """

    rows: int
    columns: int
    a: str
    b: str = ""
    accumulator: str = ""
    result: str = ""
    initial: bool = False
    multiplier: Multiplier = Multiplier.EXACT
    normalization: str = "exact"
    product: Product = Product.RAW
    guard_bits: int = 0
    cut: Cut = Cut.TRUNCATE
    difference: Difference = Difference.NEGATED
    workload: EngineLimits = EngineLimits()

    unit: ClassVar[str] = "matrix_engine"
    meaning: ClassVar[str] = (
        "systolic matrix engine: weights stay, activations and sums pass, floats or integers"
    )
    family: ClassVar[str] = "engine"
    operation: ClassVar[str] = "multiplication"
    limits: ClassVar[type] = EngineLimits
    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {
        name: Fma.choices[name] for name in ("multiplier", "product", "cut", "difference")
    }
    formats: ClassVar[tuple[str, ...]] = ("a",)
    parts: ClassVar[Mapping[str, str]] = PARTS

    def __post_init__(self) -> None:
        check_integer("rows", self.rows, 1, MOST_ROWS)
        check_integer("columns", self.columns, 1, MOST_COLUMNS)
        if type(self.initial) is not bool:
            raise RequestError(
                f"initial = {self.initial!r} is not allowed: it must be true or false"
            )
        if self.initial and self.workload.terms < self.rows:
            raise RequestError(
                f"workload.terms = {self.workload.terms} is not allowed with rows = {self.rows}:"
                f" a sum takes a product in every row, so it must be at least {self.rows}"
            )
        first = _factor("a", self.a)
        second = _factor("b", self.a if self.b == "" else self.b)
        if type(first) is not type(second):
            raise RequestError(
                f"b = {second.name!r} is not allowed with a = {first.name!r}: both must be floats,"
                " or both integers"
            )
        object.__setattr__(self, "a", first.name)
        object.__setattr__(self, "b", second.name)
        if isinstance(first, Integer):
            self._check_integers()
        elif self.accumulator == "":
            raise RequestError(
                f"accumulator = '' is not allowed with a = {self.a!r}: sums of floats need a"
                " format, such as 'fp32', or rawW with W bits of significand"
            )
        else:
            fused = self._fused()
            for name in _OF_FLOATS:
                object.__setattr__(self, name, getattr(fused, name))
        object.__setattr__(self, "result", _result(self.result, self.accumulator))

    def _check_integers(self) -> None:
        """See that nothing is asked of integers that only floats have."""
        defaults = {field.name: field.default for field in fields(self)}
        for name in _OF_FLOATS:
            if (given := getattr(self, name)) != defaults[name]:
                raise RequestError(
                    f"{name} = {given!r} is not allowed with a = {self.a!r}: sums of integers are"
                    " exact"
                )

    def _fused(self) -> Fma:
        """The multiply-add of an element whose factors are floats."""
        settings: dict[str, Any] = {name: getattr(self, name) for name in _OF_FLOATS}
        return Fma(a=self.a, b=self.b, depth=0, workload=FmaLimits(self.terms), **settings)

    @cached_property
    def fused(self) -> Fma | None:
        """The multiply-add of an element; None where factors are integers."""
        return None if self.integers else self._fused()

    @cached_property
    def integers(self) -> tuple[Integer, Integer] | None:
        """The formats of activations and weights where they are integers."""
        a, b = self.factors
        return (a, b) if isinstance(a, Integer) and isinstance(b, Integer) else None

    @cached_property
    def factors(self) -> tuple[Float | Integer, Float | Integer]:
        """The formats of activations and weights."""
        return _factor("a", self.a), _factor("b", self.b)

    @property
    def terms(self) -> int:
        """The most products of a sum."""
        return self.workload.terms if self.initial else self.rows

    @cached_property
    def integer_sums(self) -> Integer:
        """The format of sums of integers: the narrowest that has all of them."""
        assert self.integers is not None
        a, b = self.integers
        ends = [x * y for x in (a.minimum, a.maximum) for y in (b.minimum, b.maximum)]
        low, high = (self.terms * end for end in (min(0, *ends), max(ends)))
        if low == 0:
            return Integer(high.bit_length(), signed=False)
        return Integer(1 + max(high, ~low).bit_length(), signed=True)

    @property
    def sum_bits(self) -> int:
        """Width of a sum as the elements pass it on."""
        from hw.fma.ports import sum_shape

        return self.integer_sums.bits if self.fused is None else sum_shape(self.fused).size

    @cached_property
    def result_format(self) -> Float | None:
        """What finished sums are rounded to."""
        return Float.parse(self.result) if self.result else None

    @property
    def keeps_sums(self) -> bool:
        """Whether sums leave that are not finished, beside those that are rounded."""
        return self.initial and self.result != ""

    @property
    def result_bits(self) -> int:
        """Width of a column's result."""
        form = self.result_format
        if form is None:
            return self.sum_bits
        return max(form.bits, self.sum_bits) if self.initial else form.bits

    @property
    def latency(self) -> int:
        """Down the rows and along the columns, and one for a register behind the feet."""
        return self.rows + self.columns + (self.result != "")

    @property
    def initiation_interval(self) -> int:
        """A row of activations a cycle."""
        return 1

    @property
    def tile_cycles(self) -> int:
        """The least cycles from the start of a tile to that of the next one.

        The next tile's first row of weights is loaded when the start has passed the last column;
        the others follow, a row a cycle.
        """
        return self.rows + self.columns

    @property
    def operations_per_cycle(self) -> int:
        """One in each element."""
        return self.rows * self.columns

    def cycles(self, tiles: tuple[int, ...]) -> int:
        """Cycles of tiles one after the other, while no stream stalls.

        Args:
            tiles: rows of activations of each, at least one tile.

        Returns:
            From the first row of weights to the last result, both included.
        """
        *before, last = tiles
        paced = sum(max(count, self.tile_cycles) for count in before)
        return self.rows + paced + last + self.latency

    def parameters(self) -> dict[str, Any]:
        """The parameters as a design file states them, defaults resolved."""
        values = {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if field.name != "workload"
        }
        return {
            name: str(value) if isinstance(value, str) else value for name, value in values.items()
        }

    def component(self) -> wiring.Component:
        """The circuit."""
        from hw.engine.core import Core  # which needs configurations

        return Core(self)

    def signature(self) -> wiring.Signature:
        """The circuit's ports."""
        from hw.engine.ports import signature

        return signature(self)

    def streams(self) -> tuple[Stream, ...]:
        """The circuit's streams and what they carry."""
        from hw.engine.ports import streams

        return streams(self)

    def manifest(self) -> dict[str, Any]:
        """What a stranger must know of the unit besides its ports and streams."""
        from hw.engine.manifest import manifest_of

        return manifest_of(self)


def _factor(name: str, value: object) -> Float | Integer:
    """The format of activations or weights.

    Raises:
        RequestError: it is neither a float nor an integer.
    """
    try:
        form = parse_format(value if isinstance(value, str) else repr(value), (Float, Integer))
    except RequestError as error:
        raise RequestError(f"{name} = {value!r} is not allowed: {error}") from error
    assert isinstance(form, Float | Integer)
    return form


def _result(value: object, accumulator: str) -> str:
    """The name of the format of results; none where sums are of that format already.

    Raises:
        RequestError: it is no float, or it needs random words.
    """
    if value == "":
        return ""
    try:
        form = Float.parse(value if isinstance(value, str) else repr(value))
    except RequestError as error:
        raise RequestError(f"result = {value!r} is not allowed: {error}") from error
    if form.rounding is Rounding.STOCHASTIC:
        raise RequestError(
            f"result = {value!r} is not allowed: results are not rounded with random words"
        )
    return "" if form.name == accumulator else form.name
