"""How SIMD units are fed and judged (`sim.family.Bench`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hw.errors import RequestError
from hw.simd import SimdMac
from hw.simd.configuration import Sums
from sim.data_files import Arrays
from sim.family import Results, Stimulus
from sim.formats import decode
from sim.rounds import Simulation
from sim.simd.data import directed_operations, random_operations
from sim.simd.golden import exact_sums, golden_words
from sim.simd.operations import Operations
from sim.simd.products import product_operations
from sim.words import Words

__all__ = ["BENCH"]

#: Warnings that the Verilog may give (`sim.lint`), and why.
WAIVERS = {
    f'lint_off -rule UNUSEDSIGNAL -file "*" -match "*: \'{signal}\'*"': reason
    for signal, reason in {
        "pair": "all modules take it, and where all pairs are alike none of them looks at it",
        "by_lane": "likewise, where all sums are dot products",
        "distance": "integers have no exponent, and are not shifted",
        "exponent*": "formats of shorter exponents than their neighbours'",
        "decoder*": "a posit has no infinities",
        "significand*": "where the lowest bit of a lane has a name of its own",
        "a": "formats leave the top of their lane free",
        "b": "likewise",
        "b_wider*": "likewise, as they meet another quarter of the other operand",
        "code": "a narrow code in a wide lane leaves its top free",
        "operations_payload": "where every pair has one lane, a dot product is the lane's sum",
        "word": "of a sum's bits, the sign is not shifted, and none below what is looked at",
        "multiplied_product*": "as the multiplier's",
        "multiplier*_product": "products of narrow lanes leave places between them free",
        "product": "a product of magnitudes up to 2**(n-1), n bits each, has no bit 2n - 1",
        "own": "the lowest quarter is always the lane's own",
        "left*": "the lowest places of a shifter are below the unit",
        "halved*": "an exponent that is known modulo a power of two needs no sign",
        "upper_zero*": "a constant behind a word that is shorter than a chunk ends the count",
        "total": "places of an adder between two sums; low bits of a heap have a name of their own",
        "exact": "a sum's low bits and its sign are those of its magnitude",
        "leading": "a wider exponent of a posit's leading bit, of which a few bits differ",
    }.items()
}
_SCALES = ("scale_a", "scale_b")
_OPERATIONS = 1000  # of random work, if nobody says how many


@dataclass(frozen=True)
class Given:
    """A user's operations (`sim.family.Dataset`), of a matrix product if it has a shape.

    Attributes:
        operations: all of them.
        stages: one.
        shape: batch and outputs of the product.
    """

    operations: Operations
    stages: int = 1
    shape: tuple[int, int] | None = None

    def work(self, unit: SimdMac, stage: int, before: Results) -> list[Operations]:
        """All of them at once: there is one stage."""
        assert (stage, before) == (0, ())
        self.operations.check(unit)
        return [self.operations]


class SimdBench:
    """Pieces of work are `sim.simd.operations.Operations`."""

    waivers: Mapping[str, str] = WAIVERS

    def random(
        self, unit: SimdMac, vectors: int | None, seed: int, *, typical: bool = False
    ) -> list[Operations]:
        """See `sim.simd.data.random_operations`; a vector is an operation."""
        count = _OPERATIONS if vectors is None else vectors
        return [random_operations(unit, count, np.random.default_rng(seed), typical=typical)]

    def vectors_in(self, unit: SimdMac, cycles: int) -> int:
        """One a cycle."""
        return max(1, cycles - unit.latency)

    def small(self, unit: SimdMac, cycles: int) -> tuple[SimdMac, list[Operations]]:
        """The circuit does not know how much work there is."""
        return unit, self.random(unit, self.vectors_in(unit, cycles), 0, typical=True)

    def directed(self, unit: SimdMac, seed: int) -> list[Operations]:
        """See `sim.simd.data.directed_operations`."""
        return directed_operations(unit, np.random.default_rng((seed, 1)))

    def drive(
        self, unit: SimdMac, work: Sequence[Operations], *, skip_zero_tiles: bool = False
    ) -> Stimulus:
        """See `sim.family.Bench.drive`."""
        if skip_zero_tiles:
            raise RequestError("a simd_mac has no tiles to be left out")
        for operations in work:
            operations.check(unit)
        whole = Operations.concatenate(work)
        results = golden_words(unit, whole)
        shape = unit.streams()[1].shape
        lanes = np.array([unit.lanes(pair) for pair in unit.modes])
        return Stimulus(
            inputs={"operations": _words(_operation_words(unit, whole), unit.streams()[0].shape)},
            outputs={"results": _words(results, shape)},
            starter="operations",
            cycles=len(whole) + unit.latency + len(results) - len(whole.starts),
            operations=int(lanes[whole.pair].sum()),
            vectors=len(whole),
        )

    def results(
        self, unit: SimdMac, words: Mapping[str, NDArray[np.uint8]], work: Sequence[Operations]
    ) -> Results:
        """The sums' numbers of each piece, in units: Python's integers, shape (sums, lanes).

        Where results have a format, its codes, those of the lanes that leave.
        """
        whole = [int.from_bytes(word.tobytes(), "little") for word in words["results"]]
        pieces, start = [], 0
        for operations in work:
            if unit.result_format is None:
                end = start + len(operations.starts)
                pieces.append(_numbers(unit, whole[start:end], operations))
            else:
                beats = _beats(unit, operations)
                end = start + sum(beats)
                pieces.append(_codes(unit, whole[start:end], beats))
            start = end
        return tuple(pieces)

    def golden(self, unit: SimdMac, work: Sequence[Operations]) -> Results:
        """See `sim.family.Bench.golden`."""
        for operations in work:
            operations.check(unit)
        pieces: list[Any] = []
        for operations in work:
            if unit.result_format is None:
                pieces.append(exact_sums(unit, operations).numbers)
            else:
                words = golden_words(unit, operations)
                pieces.append(_codes(unit, words, _beats(unit, operations)))
        return tuple(pieces)

    def load(
        self,
        unit: SimdMac,
        arrays: Arrays,
        place: str,
        *,
        vectors: int | None = None,
        seed: int = 0,
    ) -> Given:
        """The arrays of a matrix product, or of `Operations`.

        A product has ``activations`` (batch, inputs), ``weights`` (inputs, outputs) and, unless it
        is 0, the number of its ``pair`` (`sim.simd.products`).
        """
        del seed
        if vectors is not None:
            raise RequestError(
                f"{place} has operands: leave out --vectors, which counts random ones"
            )
        names = sorted(field.name for field in fields(Operations))
        if arrays.keys() - {"pair"} == {"activations", "weights"}:
            pair = arrays.get("pair", np.zeros(1, np.int64))
            if pair.shape != (1,) or pair.dtype.kind not in "iu":
                raise RequestError(
                    f"{place}: pair must be an array of one integer, the number of a pair"
                )
            activations, weights = arrays["activations"], arrays["weights"]
            operations = product_operations(unit, activations, weights, int(pair[0]))
            given = Given(operations, shape=(len(activations), weights.shape[1]))
        elif sorted(arrays.keys() | _SCALES) == names:
            types = {"a": np.uint64, "b": np.uint64} | dict.fromkeys(("pair", *_SCALES), np.int64)
            typed: dict[str, Any] = {
                name: array.astype(types.get(name, np.bool_)) for name, array in arrays.items()
            }
            given = Given(Operations(**typed))
        else:
            raise RequestError(
                f"{place} must hold the arrays activations, weights and, if it is not 0, pair; or"
                f" {', '.join(names)}, of which those of scales may be left out"
            )
        given.work(unit, 0, ())
        return given

    def arrays(
        self, unit: SimdMac, simulations: Sequence[Simulation], dataset: Given
    ) -> dict[str, NDArray[Any]]:
        """``results``: sums in units, or numbers of the results' format with their ``codes``.

        Shape (sums, lanes), of a matrix product (batch, outputs). Numbers that take more than 64
        bits have a last axis of words of 64 bits, two's complement, the lowest first.
        """
        ((results,),) = (simulation.results for simulation in simulations)
        if dataset.shape is not None:
            batch, outputs = dataset.shape
            lanes = 1 if dataset.operations.dot[0] else unit.lanes(_only_mode(unit, dataset))
            results = results[:, :lanes].reshape(batch, -1)[:, :outputs]
        if unit.result_format is None:
            return {"results": _plain(results)}
        return {"results": decode(unit.result_format, results), "codes": results}

    def findings(
        self, unit: SimdMac, simulations: Sequence[Simulation], dataset: Given | None
    ) -> dict[str, Any]:
        """How many sums there were."""
        del unit, dataset
        return {"sums": sum(len(result) for run in simulations for result in run.results)}


def _only_mode(unit: SimdMac, dataset: Given) -> Any:
    """The pair of formats of a matrix product."""
    return unit.modes[int(dataset.operations.pair[0])]


def _plain(numbers: NDArray[Any]) -> NDArray[np.int64]:
    """Python's integers as those of 64 bits, or as several words of 64 bits each."""
    if numbers.dtype != object:
        return numbers
    bits = max((int(number).bit_length() for number in numbers.flat), default=0) + 1
    words = -(-bits // 64)
    raw = b"".join(
        int(number).to_bytes(8 * words, "little", signed=True) for number in numbers.flat
    )
    whole = np.frombuffer(raw, "<i8").reshape(*numbers.shape, words)
    return whole[..., 0] if words == 1 else whole


def _operation_words(unit: SimdMac, operations: Operations) -> list[int]:
    """Words of the operations stream."""
    port = unit.port
    words = [
        a | b << port for a, b in zip(operations.a.tolist(), operations.b.tolist(), strict=True)
    ]
    place = 2 * port
    shape = unit.streams()[0].shape
    scales = [name for name in _SCALES if name in shape.members]
    marks: list[tuple[NDArray[Any], int]] = [
        (getattr(operations, name), shape[name].width) for name in scales
    ]
    marks.append((operations.pair, unit.pair_bits))
    if unit.sums is Sums.BOTH:
        marks.append((operations.dot, 1))
    for values, bits in (*marks, (operations.first, 1), (operations.last, 1)):
        if bits:
            words = [
                word | int(value) << place
                for word, value in zip(words, values.tolist(), strict=True)
            ]
        place += bits
    return words


def _words(words: Sequence[int], shape: Any) -> Words:
    """Integers as words of a stream."""
    size = -(-shape.size // 8)
    text = b"".join(word.to_bytes(size, "little") for word in words)
    return Words.of(np.frombuffer(text, dtype=np.uint8).reshape(-1, size))


def _numbers(unit: SimdMac, words: Sequence[int], operations: Operations) -> Any:
    """The numbers in words of results, shape (sums, lanes at most)."""
    numbers = np.zeros((len(words), max(map(unit.lanes, unit.modes))), object)
    for row, (word, number) in enumerate(
        zip(words, operations.pair[operations.starts].tolist(), strict=True)
    ):
        pair = unit.modes[number]
        bits = unit.lane_bits(pair)
        for lane in range(unit.accumulators * unit.sharing(pair)):
            value = word >> lane * bits & (1 << bits) - 1
            numbers[row, lane] = value - (value >> bits - 1 << bits)
    return numbers


def _beats(unit: SimdMac, operations: Operations) -> list[int]:
    """Words that each sum leaves in."""
    starts = operations.starts
    return [
        unit.beats(unit.modes[number], dot=dot)
        for number, dot in zip(
            operations.pair[starts].tolist(), operations.dot[starts].tolist(), strict=True
        )
    ]


def _codes(unit: SimdMac, words: Sequence[int], beats: Sequence[int]) -> Any:
    """The codes in words of results, shape (sums, accumulators times beats at most)."""
    form = unit.result_format
    assert form is not None
    codes = np.zeros((len(beats), unit.accumulators * max(beats)), np.int64)
    left = iter(words)
    for row, count in enumerate(beats):
        for beat in range(count):
            word = next(left)
            for i in range(unit.accumulators):
                code = word >> i * form.bits & (1 << form.bits) - 1
                codes[row, i * count + beat] = code
    return codes


BENCH = SimdBench()
