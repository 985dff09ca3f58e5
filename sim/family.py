"""What a bench asks of a family: data for its units, golden words, and results read back.

A family's answers stand in ``sim.<family>.bench`` as ``BENCH``. The bench itself (`sim.bench`),
rounds and simulations know streams and words, and no family's name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hw.families import room_of
from hw.unit import Unit
from sim.data_files import Arrays
from sim.job import Level
from sim.words import Words

if TYPE_CHECKING:
    from sim.rounds import Simulation

__all__ = ["Bench", "Dataset", "Results", "Stimulus", "bench_of"]

#: What a unit gave for each piece of work: numbers, or the codes of floats.
Results = tuple[NDArray[np.int64], ...]


@dataclass(frozen=True)
class Stimulus:
    """What a bench drives and expects.

    Attributes:
        inputs: words of every input stream, by the stream's name.
        outputs: words that must come out of every output stream, likewise.
        starter: the input stream whose first word starts the work: cycles count from it.
        cycles: from that word to the last one that comes out, if no stream stalls.
        operations: that the work takes (`hw.unit.Unit.operation`), padding not counted.
        vectors: of the work, for a person: activation vectors, pairs of operands.
        level: what a port beside the streams must show, if there is one.
    """

    inputs: Mapping[str, Words]
    outputs: Mapping[str, Words]
    starter: str
    cycles: int
    operations: int
    vectors: int
    level: Level | None = None


class Dataset(Protocol):
    """A user's data: one stage of work or more, each made of what the stage before gave."""

    @property
    def stages(self) -> int:
        """How many there are, at least one."""
        ...

    def work(self, unit: Any, stage: int, before: Results) -> Sequence[Any]:
        """The work of a stage.

        Args:
            unit: the configuration.
            stage: its number, from 0.
            before: results of the stage before; empty for the first one.

        Raises:
            RequestError: the unit does not carry it, or nothing can be made of these results.
        """
        ...


class Bench(Protocol):
    """How a family's units are fed and judged; a unit that a method takes is one of the family.

    A piece of work is an object of the family's own: a frozen dataclass of arrays.

    Attributes:
        waivers: lint warnings that its Verilog may give, as `sim.lint` has them, and why.
    """

    waivers: Mapping[str, str]

    def random(
        self, unit: Any, vectors: int | None, seed: int, *, typical: bool = False
    ) -> Sequence[Any]:
        """Random work, within the unit's limits.

        Args:
            unit: the configuration.
            vectors: in all; None takes as many as the limits of the unit say.
            seed: of the random numbers.
            typical: as in use, which energy is measured on; else a share of it lies at the ends of
                the formats, which finds more faults.
        """
        ...

    def vectors_in(self, unit: Any, cycles: int) -> int:
        """How many random vectors take about so many cycles; at least one."""
        ...

    def small(self, unit: Any, cycles: int) -> tuple[Any, Sequence[Any]]:
        """Typical work of about so many cycles on the same circuit, whatever its limits.

        Returns:
            The configuration with limits as small as that, and the work.
        """
        ...

    def directed(self, unit: Any, seed: int) -> Sequence[Any]:
        """Work to begin with, which finds most faults within few cycles: extremes, patterns.

        At least three pieces.
        """
        ...

    def drive(self, unit: Any, work: Sequence[Any], *, skip_zero_tiles: bool = False) -> Stimulus:
        """What the bench drives and expects, for pieces of work one after the other.

        Args:
            unit: the configuration.
            work: at least one piece.
            skip_zero_tiles: leave work that multiplies by zeros only out of the streams.

        Raises:
            RequestError: the unit does not carry a piece, or can leave nothing out.
        """
        ...

    def results(
        self, unit: Any, words: Mapping[str, NDArray[np.uint8]], work: Sequence[Any]
    ) -> Results:
        """Results of each piece of work out of the words of the output streams.

        Args:
            unit: the configuration.
            words: of each output stream, as many as were expected; bytes, shape (words, bytes).
            work: what they are the results of.
        """
        ...

    def golden(self, unit: Any, work: Sequence[Any]) -> Results:
        """What the golden model gives for each piece of work, shaped as `results`."""
        ...

    def load(
        self, unit: Any, arrays: Arrays, place: str, *, vectors: int | None = None, seed: int = 0
    ) -> Dataset:
        """A user's data.

        Args:
            unit: the configuration.
            arrays: the data's, by their names.
            place: where they are from, for the sentence.
            vectors: random ones to be drawn, for data that says only what stays the same, its
                weights; None: as many as the limits of the unit say.
            seed: of these.

        Raises:
            RequestError: the arrays are none of such data, or vectors are asked for of data that
                has its own.
        """
        ...

    def arrays(
        self, unit: Any, simulations: Sequence[Simulation], dataset: Dataset
    ) -> dict[str, NDArray[Any]]:
        """What the hardware gave, laid out as the user's arrays are, for a file.

        Args:
            unit: the configuration.
            simulations: of the dataset's stages, those that gave all results.
            dataset: the user's data.
        """
        ...

    def findings(
        self, unit: Any, simulations: Sequence[Simulation], dataset: Dataset | None
    ) -> dict[str, Any]:
        """What else is to be told of simulations, JSON; ``macsmith.<family>.words`` prints it.

        Args:
            unit: the configuration.
            simulations: of the dataset's stages, those that were run.
            dataset: the user's data; None for random work.
        """
        ...


def bench_of(unit: Unit | type[Unit]) -> Bench:
    """The bench of a unit's family."""
    return room_of("sim", "bench", unit).BENCH
