"""How the adder is fed and judged (`sim.family.Bench`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hw.errors import RequestError
from sim.data_files import Arrays
from sim.family import Results, Stimulus
from sim.rounds import Simulation
from sim.words import Words, pack, unpack
from tests.toy.hw import ToyAdder

__all__ = ["BENCH", "Pairs"]


@dataclass(frozen=True)
class Pairs:
    """Pairs of operands, shape (pairs, 2)."""

    operands: NDArray[np.int64]

    def sums(self) -> NDArray[np.int64]:
        """The golden sums, shape (pairs,)."""
        return self.operands.sum(axis=1)


@dataclass(frozen=True)
class Given:
    """A user's pairs (`sim.family.Dataset`)."""

    pairs: Pairs
    stages: int = 1

    def work(self, unit: ToyAdder, stage: int, before: Results) -> list[Pairs]:
        """All of them at once: there is one stage."""
        assert (stage, before) == (0, ())
        _check(unit, self.pairs)
        return [self.pairs]


class ToyBench:
    """Pieces of work are `Pairs`."""

    waivers: Mapping[str, str] = {}

    def random(
        self, unit: ToyAdder, vectors: int | None, seed: int, *, typical: bool = False
    ) -> list[Pairs]:
        """Uniform operands; but for typical ones an eighth of them is the largest number."""
        rng = np.random.default_rng(seed)
        size = (unit.workload.additions if vectors is None else vectors, 2)
        operands = rng.integers(0, 1 << unit.bits, size)
        if not typical:
            operands[rng.random(size) < 1 / 8] = (1 << unit.bits) - 1
        return [Pairs(operands)]

    def vectors_in(self, unit: ToyAdder, cycles: int) -> int:
        """One a cycle."""
        return max(1, cycles - unit.latency)

    def small(self, unit: ToyAdder, cycles: int) -> tuple[ToyAdder, list[Pairs]]:
        """The adder does not depend on its limits."""
        return unit, self.random(unit, self.vectors_in(unit, cycles), 0, typical=True)

    def directed(self, unit: ToyAdder, seed: int) -> list[Pairs]:
        """Ends of the range, each bit alone, and some random ones."""
        ends = np.array([0, 1, (1 << unit.bits) - 1])
        alone = 1 << np.arange(unit.bits)
        return [
            Pairs(np.stack(np.meshgrid(ends, ends), axis=-1).reshape(-1, 2)),
            Pairs(np.stack([alone, alone], axis=1)),
            *self.random(unit, 16, seed),
        ]

    def drive(
        self, unit: ToyAdder, work: Sequence[Pairs], *, skip_zero_tiles: bool = False
    ) -> Stimulus:
        """See `sim.family.Bench.drive`."""
        if skip_zero_tiles:
            raise RequestError("a toy_adder has no tiles to be left out")
        for pairs in work:
            _check(unit, pairs)
        operands = np.concatenate([pairs.operands for pairs in work])
        sums = np.concatenate([pairs.sums() for pairs in work])
        return Stimulus(
            inputs={"operands": Words.of(pack(operands, unit.bits))},
            outputs={"sums": Words.of(pack(sums[:, None], unit.bits + 1))},
            starter="operands",
            cycles=len(sums) + unit.latency,
            operations=len(sums),
            vectors=len(sums),
        )

    def results(
        self, unit: ToyAdder, words: Mapping[str, NDArray[np.uint8]], work: Sequence[Pairs]
    ) -> Results:
        """Sums, shape (pairs,) each."""
        width = unit.bits + 1
        sums = unpack(words["sums"], width, 1)[:, 0] & (1 << width) - 1
        ends = np.cumsum([len(pairs.operands) for pairs in work])
        return tuple(np.split(sums, ends[:-1]))

    def golden(self, unit: ToyAdder, work: Sequence[Pairs]) -> Results:
        """See `sim.family.Bench.golden`."""
        for pairs in work:
            _check(unit, pairs)
        return tuple(pairs.sums() for pairs in work)

    def load(
        self,
        unit: ToyAdder,
        arrays: Arrays,
        place: str,
        *,
        vectors: int | None = None,
        seed: int = 0,
    ) -> Given:
        """``operands``, shape (pairs, 2)."""
        del seed
        if vectors is not None:
            raise RequestError(f"{place} has operands: leave out --vectors")
        if list(arrays) != ["operands"]:
            raise RequestError(f"{place} must hold the array operands and nothing else")
        given = Given(Pairs(arrays["operands"]))
        given.work(unit, 0, ())
        return given

    def arrays(
        self, unit: ToyAdder, simulations: Sequence[Simulation], dataset: Given
    ) -> dict[str, NDArray[Any]]:
        """``sums``, shape (pairs,)."""
        del unit, dataset
        ((sums,),) = (simulation.results for simulation in simulations)
        return {"sums": sums}

    def findings(
        self, unit: ToyAdder, simulations: Sequence[Simulation], dataset: Given | None
    ) -> dict[str, Any]:
        """The largest sum that the hardware gave."""
        del unit, dataset
        largest = max((int(s.max()) for run in simulations for s in run.results), default=0)
        return {"largest_sum": largest}


def _check(unit: ToyAdder, pairs: Pairs) -> None:
    operands = pairs.operands
    if operands.ndim != 2 or operands.shape[1] != 2 or not len(operands):
        raise RequestError(f"operands has shape {operands.shape} where (pairs, 2) is wanted")
    if operands.min() < 0 or operands.max() >> unit.bits:
        raise RequestError(f"operands are not all from 0 to {(1 << unit.bits) - 1}")


BENCH = ToyBench()
