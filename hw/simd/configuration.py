"""Configurations of the SIMD units: every parameter checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, ClassVar

from amaranth.lib import wiring

from hw.choices import Choice
from hw.errors import RequestError, check_integer
from hw.formats import Float, Posit, Rounding, parse_format
from hw.simd.pairs import Pair, parse_pairs
from hw.simd.parts import PARTS
from hw.unit import Stream

__all__ = ["Accumulation", "SimdLimits", "SimdMac", "Sums"]

_MOST_DEPTH = {False: 7, True: 10}  # by whether results have a format: steps to part
MOST_ACCUMULATOR_BITS = 640
_MOST_SCALE_PLACES = 512
_SLICE = 16  # bits of a port that one set of multiplier, shifter and accumulators serves


class Sums(Choice):
    """What becomes of the products of an operation.

    Attributes:
        LANES: each lane has a sum of its own.
        DOT: those of all lanes go into one sum.
        BOTH: either, as an operation says.
    """

    LANES = "lanes"
    DOT = "dot"
    BOTH = "both"


class Accumulation(Choice):
    """How products are summed.

    Attributes:
        EXACT: in integers that hold every sum.
        FP32, FP16, BF16: in floats. The sum of an operation's products is exact, and rounded once;
            then it is added, and the sum is rounded.
    """

    EXACT = "exact"
    FP32 = "fp32"
    FP16 = "fp16"
    BF16 = "bf16"


@dataclass(frozen=True)
class SimdLimits:
    """What sizes the accumulators.

    Attributes:
        terms: the most operations that one sum takes, 1 to 2**24; in a dot product each adds the
            products of all lanes.

    Raises:
        RequestError: they are out of range.
    """

    terms: int

    def __post_init__(self) -> None:
        check_integer("workload.terms", self.terms, 1, 1 << 24)

    def limits(self) -> dict[str, Any]:
        """The limits as a design file states them."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class SimdMac:
    """A multiply-accumulate unit whose lanes are wide or narrow, as the operation's formats are.

    Attributes:
        pairs: the pairs of operand formats that it multiplies, with commas between them: two
            formats with ``*`` between them, or one for both. Their order gives their numbers. The
            operands of block formats (``mxfp4``) come with scales, and their products are summed.
        port: bits of an operand port, 16, 32 or 64: for every 16 bits 4 lanes of up to 4 bits, 2 of
            up to 8 or one of up to 16.
        sums: a `Sums`, or its name.
        accumulation: an `Accumulation`, or its name; floats only with ``sums = dot``.
        accumulator_bits: of a slice of 16 port bits (with ``sums = dot`` of the unit), up to 640;
            0 takes what exact sums need. Lanes share them evenly. With floats of the exact sum of
            one operation.
        scale_places: binary places that the product of two scales may lie in, 2 to 512 and even:
            from ``2**(-scale_places / 2)`` to ``2**(scale_places / 2 - 1)`` times the significands.
        result: the format of results, a float or a posit with its rounding and, of floats, what an
            overflow becomes: ``fp16+saturate``, ``posit16_1+toward_zero``. Empty for the
            accumulators as they are; those that are floats have no other.
        depth: registers from operands to results, the latency: 1 to 7, with ``result`` 1 to 10.
        workload: the longest sum.

    Raises:
        RequestError: a parameter is out of range, or parameters contradict each other.
    """

    pairs: str
    port: int = 16
    sums: Sums = Sums.BOTH
    accumulation: Accumulation = Accumulation.EXACT
    accumulator_bits: int = 0
    scale_places: int = 64
    result: str = ""
    depth: int = 1
    workload: SimdLimits

    unit: ClassVar[str] = "simd_mac"
    meaning: ClassVar[str] = (
        "multiply-accumulate unit of lanes of 4, 8 and 16 bits, of floats, posits and integers"
    )
    family: ClassVar[str] = "simd"
    operation: ClassVar[str] = "multiplication"
    limits: ClassVar[type] = SimdLimits
    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "sums": tuple(Sums),
        "accumulation": tuple(Accumulation),
    }
    formats: ClassVar[tuple[str, ...]] = ()
    parts: ClassVar[Mapping[str, str]] = PARTS

    def __post_init__(self) -> None:
        check_integer("scale_places", self.scale_places, 2, _MOST_SCALE_PLACES)
        if self.scale_places % 2:
            raise RequestError(
                f"scale_places = {self.scale_places} is not allowed: it must be even"
            )
        modes = parse_pairs(self.pairs, self.scale_places)
        object.__setattr__(self, "pairs", ",".join(pair.name for pair in modes))
        if type(self.port) is not int or self.port not in (16, 32, 64):
            raise RequestError(f"port = {self.port!r} is not allowed: it must be 16, 32 or 64")
        for name, choice in (("sums", Sums), ("accumulation", Accumulation)):
            object.__setattr__(self, name, choice.read(name, getattr(self, name)))
        form = self._result_of_floats() or _parse_result(self.result)
        object.__setattr__(self, "result", form.name if form else "")
        check_integer("depth", self.depth, 1, _MOST_DEPTH[form is not None])
        if self.accumulator_bits == 0 and type(self.accumulator_bits) is int:
            widest = max(map(self.needed_bits, modes))
            bits = min(widest, MOST_ACCUMULATOR_BITS)
            object.__setattr__(self, "accumulator_bits", -(-bits // self.fields) * self.fields)
        check_integer("accumulator_bits", self.accumulator_bits, 2, MOST_ACCUMULATOR_BITS)
        if self.accumulator_bits % self.fields:
            raise RequestError(
                f"accumulator_bits = {self.accumulator_bits} cannot be shared by {self.fields}"
                " lanes: it must be a multiple of their number"
            )
        for pair in modes:
            self._check_scaled(pair)
            self._check_exact(pair)

    def _result_of_floats(self) -> Float | None:
        """The format of results where sums are floats, which is theirs."""
        if self.sum_format is None:
            return None
        if self.sums is not Sums.DOT:
            raise RequestError(
                f"accumulation = {self.accumulation!r} is not allowed with sums = {self.sums!r}:"
                " every sum would need an adder of its own; sums must be dot"
            )
        if self.result not in ("", self.sum_format.name):
            raise RequestError(
                f"result = {self.result!r} is not allowed with accumulation ="
                f" {self.accumulation!r}: sums are given as they are"
            )
        return self.sum_format

    def _check_scaled(self, pair: Pair) -> None:
        """See that the products of an operation are of one block of each operand."""
        if pair.blocks is None:
            return
        if self.sums is Sums.LANES:
            raise RequestError(
                f"sums = 'lanes' is not allowed with {pair.name}: the scales of blocks multiply the"
                " sum of all lanes; sums must be dot or both"
            )
        for block in pair.blocks:
            if block.size % (lanes := self.lanes(pair)):
                raise RequestError(
                    f"port = {self.port} is not allowed with {pair.name}: the {lanes} products of"
                    f" an operation must be of one block, and a block has {block.size} elements"
                )

    def _check_exact(self, pair: Pair) -> None:
        """See that sums of a pair's products are exact."""
        if (needed := self.needed_bits(pair)) > self.accumulator_bits:
            sums, lanes = self.products(pair), self.sharing(pair)
            of_lanes = f", for {lanes} lanes {needed}" if lanes > 1 else ""
            raise RequestError(
                f"accumulator_bits = {self.accumulator_bits} is too narrow for {pair.name}: the"
                f" exact sum of {sums} products takes {pair.sum_bits(sums)} bits{of_lanes}, and at"
                f" most {MOST_ACCUMULATOR_BITS} are supported"
            )

    @cached_property
    def modes(self) -> tuple[Pair, ...]:
        """The pairs, in their order."""
        return parse_pairs(self.pairs, self.scale_places)

    @property
    def sum_format(self) -> Float | None:
        """The format of sums; None where they are exact."""
        exact = self.accumulation is Accumulation.EXACT
        return None if exact else Float.parse(str(self.accumulation))

    @cached_property
    def result_format(self) -> Float | Posit | None:
        """The format of results; None for the accumulators as they are."""
        return _parse_result(self.result)

    @property
    def slices(self) -> int:
        """Slices of 16 bits of a port."""
        return self.port // _SLICE

    @property
    def fields(self) -> int:
        """Parts that an accumulator of a slice can be cut into: lanes that it can keep apart."""
        if self.sums is Sums.DOT:
            return 1
        return max(map(len, map(self.sum_starts, self.modes)))

    @property
    def field_bits(self) -> int:
        """Width of such a part; a wider lane has several."""
        return self.accumulator_bits // self.fields

    @property
    def accumulators(self) -> int:
        """Accumulators, one a slice, or one in all."""
        return 1 if self.sums is Sums.DOT else self.slices

    def lanes(self, pair: Pair) -> int:
        """Products of a pair in one operation."""
        return self.slices * len(pair.starts)

    def starting(self, quarter: int) -> list[Pair]:
        """The pairs of which a lane starts at a quarter of each slice."""
        return [pair for pair in self.modes if quarter in pair.starts]

    def sum_starts(self, pair: Pair) -> tuple[int, ...]:
        """Quarters of a slice that sums of a pair's products start at; those of blocks have one."""
        return pair.starts if pair.blocks is None else (0,)

    def sharing(self, pair: Pair) -> int:
        """Sums of a pair that share an accumulator."""
        return 1 if self.sums is Sums.DOT else len(self.sum_starts(pair))

    def products(self, pair: Pair) -> int:
        """Products of the longest exact sum."""
        operations = self.workload.terms if self.sum_format is None else 1
        return operations * (1 if self.sums is Sums.LANES else self.lanes(pair))

    def needed_bits(self, pair: Pair) -> int:
        """Bits that an accumulator must have for exact sums of a pair's products."""
        return pair.sum_bits(self.products(pair)) * self.sharing(pair)

    def lane_bits(self, pair: Pair) -> int:
        """Bits that a lane of a pair has in an accumulator."""
        return self.accumulator_bits // self.sharing(pair)

    @property
    def pair_bits(self) -> int:
        """Width of a pair's number; 0 if there is only one."""
        return (len(self.modes) - 1).bit_length()

    @property
    def latency(self) -> int:
        """The accumulator is one register; others stand before it, and before the encoder."""
        return self.depth

    def beats(self, pair: Pair, *, dot: bool) -> int:
        """Words of results that the sums of a pair leave in."""
        return 1 if self.result_format is None or dot else self.sharing(pair)

    @property
    def initiation_interval(self) -> int:
        """An operation a cycle."""
        return 1

    @property
    def operations_per_cycle(self) -> int:
        """Of the narrowest lanes."""
        return max(map(self.lanes, self.modes))

    def parameters(self) -> dict[str, Any]:
        """The parameters as a design file states them, defaults resolved."""
        return {
            "pairs": self.pairs,
            "port": self.port,
            "sums": str(self.sums),
            "accumulation": str(self.accumulation),
            "accumulator_bits": self.accumulator_bits,
            "scale_places": self.scale_places,
            "result": self.result,
            "depth": self.depth,
        }

    def component(self) -> wiring.Component:
        """The circuit."""
        from hw.simd.core import Core  # which needs configurations

        return Core(self)

    def signature(self) -> wiring.Signature:
        """The circuit's ports."""
        from hw.simd.ports import signature

        return signature(self)

    def streams(self) -> tuple[Stream, ...]:
        """The circuit's streams and what they carry."""
        from hw.simd.ports import streams

        return streams(self)

    def manifest(self) -> dict[str, Any]:
        """What a stranger must know of the unit besides its ports and streams."""
        from hw.simd.manifest import manifest_of

        return manifest_of(self)


def _parse_result(name: object) -> Float | Posit | None:
    """The format of results.

    Raises:
        RequestError: sums are not rounded to it.
    """
    if name == "":
        return None
    if not isinstance(name, str):
        raise RequestError(
            f"result = {name!r} is not allowed: it must be a format's name, or empty"
        )
    try:
        form = parse_format(name, (Float, Posit))
    except RequestError as error:
        raise RequestError(f"result = {name!r} is not allowed: {error}") from error
    assert isinstance(form, Float | Posit)
    if form.rounding is Rounding.STOCHASTIC:
        raise RequestError(
            f"result = {name!r} is not allowed: results are not rounded with random words"
        )
    return form
