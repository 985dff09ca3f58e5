"""Rounds of a bench: work that a unit does, from its reset to the last results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hw.unit import Unit
from sim.family import Results, Stimulus, bench_of
from sim.job import MOST_FAULTS, Job, Outcome

__all__ = ["Round", "Simulation", "directed_rounds", "round_of", "summary"]

_STALL = 0.3
_PATIENCE = 100  # cycles, where nothing stalls
_CYCLES_BEFORE_RESET = (5, 60)  # beyond what fills the pipeline


@dataclass(frozen=True)
class Simulation:
    """What a simulation found.

    Attributes:
        vectors: that were worked on (`sim.family.Stimulus.vectors`).
        checked: result words compared with the golden model's.
        mismatches: words that differ, those of directed work too.
        faults: what is wrong, in sentences; empty when all is well.
        cycles: clock cycles from the first transfer that starts work to the last result.
        cycles_per_second: simulated and checked, from reset to the end of the run.
        results: the hardware's results of each piece of work; none if words are missing.
        operations: that the work took, padding not counted.
        directed: of the directed work that came before, without stalls; None if none did.
    """

    vectors: int
    checked: int
    mismatches: int
    faults: tuple[str, ...]
    cycles: int
    cycles_per_second: float
    results: Results
    operations: int
    directed: Simulation | None = None


@dataclass(frozen=True)
class Round:
    """Work that a unit does back to back after its reset.

    Attributes:
        unit: its configuration.
        work: pieces of work of its family.
        wanted: what is driven and expected.
        stall: probability that a stream idles in a cycle, on either side; 0 to 0.95.
        seed: of the stalls.
        prefix: of the ports' names.
        name: what its faults begin with.
        cycles: after which the round ends, whatever is left to do; 0: when all is done.
    """

    unit: Unit
    work: Sequence[Any]
    wanted: Stimulus
    stall: float = 0.0
    seed: int = 0
    prefix: str = ""
    name: str = ""
    cycles: int = 0

    @property
    def stated(self) -> int | None:
        """The cycles that the work must take; None with stalls."""
        return None if self.stall or self.cycles else self.wanted.cycles

    @property
    def patience(self) -> int:
        """Cycles without any transfer after which it has failed."""
        return round(_PATIENCE / (1 - self.stall))

    @property
    def job(self) -> Job:
        """What the bench is to do."""
        wanted, level, prefix = self.wanted, self.wanted.level, self.prefix
        return Job(
            inputs={f"{prefix}{name}": words.integers() for name, words in wanted.inputs.items()},
            outputs={f"{prefix}{name}": words.integers() for name, words in wanted.outputs.items()},
            stall=self.stall,
            patience=self.patience,
            seed=self.seed,
            level=level
            and replace(level, port=f"{prefix}{level.port}", stream=f"{prefix}{level.stream}"),
            cycles=self.cycles,
        )

    def judged(
        self, outcome: Outcome, words: Mapping[str, NDArray[np.uint8]] | None = None
    ) -> Simulation:
        """What the outcome of the job means.

        Args:
            outcome: what the bench found.
            words: what came out of each output stream, bytes, shape (words, bytes), if it is not to
                be what the outcome has.
        """
        faults, stated, prefix = outcome.faults, self.stated, self.prefix
        start = outcome.first_transfer.get(f"{prefix}{self.wanted.starter}", 0)
        ends = (outcome.last_transfer.get(f"{prefix}{name}", 0) for name in self.wanted.outputs)
        cycles = max(ends) - start + 1
        if not faults and stated is not None and cycles != stated:
            faults = [f"it took {cycles} cycles, not the stated {stated}"]
        received = words or {
            name: _bytes(outcome.words.get(f"{prefix}{name}", []), words.table.shape[1])
            for name, words in self.wanted.outputs.items()
        }
        complete = all(
            len(received[name]) == len(words) for name, words in self.wanted.outputs.items()
        )
        return Simulation(
            vectors=self.wanted.vectors,
            checked=outcome.checked,
            mismatches=outcome.mismatches,
            faults=tuple(f"{self.name}: {fault}" if self.name else fault for fault in faults),
            cycles=cycles,
            cycles_per_second=outcome.cycles / outcome.seconds,
            results=bench_of(self.unit).results(self.unit, received, self.work) if complete else (),
            operations=self.wanted.operations,
        )


def _bytes(words: Sequence[int], size: int) -> NDArray[np.uint8]:
    """Words as little-endian bytes, shape (words, size)."""
    text = b"".join(word.to_bytes(size, "little") for word in words)
    return np.frombuffer(text, dtype=np.uint8).reshape(-1, size)


def round_of(
    unit: Unit, work: Sequence[Any], *, skip_zero_tiles: bool = False, **settings: Any
) -> Round:
    """The round of work that a unit carries, with what of `Round` is not to be as by default.

    Raises:
        RequestError: the unit does not carry a piece, or cannot leave tiles out.
    """
    wanted = bench_of(unit).drive(unit, work, skip_zero_tiles=skip_zero_tiles)
    return Round(unit, work, wanted, **settings)


def directed_rounds(unit: Unit, seed: int, prefix: str = "") -> list[Round]:
    """What comes before any other data: rounds of a family's directed work, of the first all of it.

    In the first no stream stalls. Then come two that are cut off, so that the reset of the next one
    finds the unit at work, and one of a third of the work in which all streams stall.
    """
    rng = np.random.default_rng((seed, 2))
    work = bench_of(unit).directed(unit, seed)
    whole = round_of(unit, work, seed=seed, prefix=prefix, name="directed vectors")
    cuts = (unit.latency + rng.integers(*_CYCLES_BEFORE_RESET, size=2)).tolist()
    settings = {"seed": seed, "prefix": prefix, "stall": _STALL}
    return [
        whole,
        *(replace(whole, cycles=cut, stall=_STALL * i) for i, cut in enumerate(cuts)),
        round_of(unit, work[seed % 3 :: 3], name="directed vectors with stalls", **settings),
    ]


def summary(simulations: Sequence[Simulation]) -> Simulation:
    """What directed rounds and the round after them found, in one.

    Args:
        simulations: of `directed_rounds`, if there were any, and of the other round.
    """
    *directed, last = simulations
    if not directed:
        return last
    faults = [fault for simulation in simulations for fault in simulation.faults]
    return replace(
        last,
        mismatches=sum(simulation.mismatches for simulation in simulations),
        faults=tuple(faults[:MOST_FAULTS]),
        directed=directed[0],
    )
