"""The bench: drives a unit's input streams, watches its output streams, and compares in order.

Runs inside the simulator, under cocotb; `sim.run` starts it. It knows streams and words, nothing of
any unit: a `Driver` for each input stream, for each output stream a `Monitor` and a `Checker` that
holds what the golden model expects, and a `Watch` on a port that is no stream. Everything that is
wrong ends the run as failed: a wrong word, a word that nobody expected, a word that is missing, an
input that is left over, a payload that changes while it waits, a port that shows what it must not,
no progress, or nothing to check.
"""

from __future__ import annotations

import os
import pickle
import random
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import RisingEdge

from sim.job import MOST_UNASKED, Job, Level, Outcome, quiet_cycles

__all__ = ["Checker", "Driver", "Monitor", "Run", "Watch", "stream_bench"]

_CYCLES_ALIVE = 256  # after which the bench says that it goes on
_PARTS = ("payload", "valid", "ready")


class Driver:
    """Offers a stream's beats, with idle cycles between them in which the payload is noise."""

    def __init__(self, dut: Any, stream: str, beats: list[int], stall: float, rng: random.Random):
        self._stream = stream
        self._payload, self._valid, self._ready = _ports(dut, stream)
        self._bits = len(self._payload)
        self._beats = iter(beats)
        self._left, self._all = len(beats), len(beats)
        self._stall, self._rng = stall, rng
        self._offered = False
        self._valid.value = 0
        self._payload.value = 0

    def edge(self, cycle: int, outcome: Outcome) -> None:
        """Act on a clock edge: note the transfer, offer the next beat."""
        if self._offered:
            if not self._ready.value:
                return
            self._left -= 1
            outcome.transfer(self._stream, cycle)
        idle = self._stall and self._rng.random() < self._stall
        beat = None if idle else next(self._beats, None)
        if beat is not None:
            self._payload.value = beat
        elif self._offered:
            self._payload.value = self._rng.getrandbits(self._bits)
        if (beat is not None) != self._offered:
            self._offered = beat is not None
            self._valid.value = self._offered

    def end(self, outcome: Outcome) -> None:
        """See that nothing is left over."""
        if self._left:
            outcome.words_left(self._stream, self._left, self._all)


class Monitor:
    """Takes the words of an output stream, with pauses, and hands them to its checker."""

    def __init__(self, dut: Any, checker: Checker, stall: float, rng: random.Random):
        self._stream = checker.stream
        self._payload, self._valid, self._ready = _ports(dut, checker.stream)
        self._checker = checker
        self._stall, self._rng = stall, rng
        self._taking = False
        self._waiting: int | None = None
        self._ready.value = 0

    def edge(self, cycle: int, outcome: Outcome) -> None:
        """Act on a clock edge: take a word, see that a waiting one stays."""
        valid = self._valid.value
        if valid:
            word = int(self._payload.value)
            if self._waiting is not None and word != self._waiting:
                outcome.restless_word(cycle, self._stream, "changed")
            self._waiting = None if self._taking else word
            if self._taking:
                outcome.transfer(self._stream, cycle)
                self._checker.check(word, cycle)
        elif self._waiting is not None:
            outcome.restless_word(cycle, self._stream, "was withdrawn")
            self._waiting = None
        # after the last expected word without a pause: one that nobody asked for is not missed
        stalls = self._stall and not self._checker.done
        taking = not (stalls and self._rng.random() < self._stall)
        if taking != self._taking:
            self._taking = taking
            self._ready.value = taking


class Watch:
    """Compares a port that is no stream with what it may show."""

    def __init__(self, dut: Any, level: Level) -> None:
        self._port, self._level = getattr(dut, level.port), level

    def edge(self, cycle: int, outcome: Outcome) -> None:
        """Act on a clock edge: compare with what sums that have passed make of it."""
        words = len(outcome.words[self._level.stream])
        self._compare(self._level.allowed(words), cycle, outcome)

    def end(self, outcome: Outcome) -> None:
        """See that it shows what all sums make of it."""
        self._compare(self._level.values[-1:], outcome.cycles, outcome)

    def _compare(self, allowed: list[int], cycle: int, outcome: Outcome) -> None:
        value = int(self._port.value)
        if value not in allowed:
            outcome.mismatches += 1
            outcome.wrong_level(cycle, self._level.port, value, allowed)


class Checker:
    """Compares the words of an output stream with the expected ones, in their order."""

    def __init__(self, stream: str, expected: list[int], outcome: Outcome) -> None:
        self.stream = stream
        self._expected, self._outcome = expected, outcome
        self._words = outcome.words[stream] = []

    def check(self, word: int, cycle: int) -> None:
        """Compare the next word."""
        outcome, position = self._outcome, len(self._words)
        self._words.append(word)
        if position >= len(self._expected):
            outcome.unasked_word(cycle, self.stream, position)
            return
        outcome.checked += 1
        if word != self._expected[position]:
            outcome.mismatches += 1
            outcome.wrong_word(cycle, self.stream, position, word, self._expected[position])

    @property
    def done(self) -> bool:
        """All expected words have come."""
        return len(self._words) >= len(self._expected)

    @property
    def unasked(self) -> int:
        """How many words came beyond the expected ones."""
        return len(self._words) - len(self._expected)

    def end(self, outcome: Outcome, patience: int) -> None:
        """See that no word is missing, of a run that waited for it so many cycles."""
        if not self.done:
            outcome.missing_words(self.stream, -self.unasked, len(self._expected), patience)


class Run:
    """One job in its simulator: what drives, watches and checks."""

    def __init__(self, dut: Any, job: Job) -> None:
        self.outcome = Outcome()
        self._job = job
        self._checkers = [
            Checker(name, expected, self.outcome) for name, expected in job.outputs.items()
        ]
        rng = random.Random(job.seed)
        self._drivers = [
            Driver(dut, name, beats, job.stall, random.Random(rng.random()))
            for name, beats in job.inputs.items()
        ]
        monitors = [
            Monitor(dut, checker, job.stall, random.Random(rng.random()))
            for checker in self._checkers
        ]
        self._watches = [Watch(dut, job.level)] if job.level else []
        # what is watched follows the words of the cycles before
        self._agents: list[Driver | Monitor | Watch] = [*self._drivers, *self._watches, *monitors]
        self._quiet = quiet_cycles(job.stall)

    def edge(self, cycle: int) -> bool:
        """Act on a clock edge; returns whether the job goes on."""
        outcome = self.outcome
        if self._job.cycles and cycle >= self._job.cycles:
            return False
        done = True
        for checker in self._checkers:
            if checker.unasked > MOST_UNASKED:
                return False
            done = done and checker.done
        if cycle - outcome.latest < (self._quiet if done else self._job.patience):
            for agent in self._agents:
                agent.edge(cycle, outcome)
            outcome.cycles = cycle + 1
            return True
        return False

    def end(self, seconds: float) -> Outcome:
        """What was found."""
        outcome, job = self.outcome, self._job
        outcome.seconds = seconds
        if job.cycles:
            return outcome
        for checker in self._checkers:
            checker.end(outcome, job.patience)
        for agent in (*self._drivers, *self._watches):
            agent.end(outcome)
        outcome.see_checked()
        return outcome


def _ports(dut: Any, stream: str) -> tuple[Any, Any, Any]:
    """Payload, valid and ready of a stream."""
    payload, valid, ready = (getattr(dut, f"{stream}_{part}") for part in _PARTS)
    return payload, valid, ready


async def run(dut: Any, rounds: Sequence[Sequence[Job]], alive: Path) -> list[list[Outcome]]:
    """Reset the design before each round, and tell what its jobs found.

    Args:
        dut: the design.
        rounds: jobs; those of a round run at once, on different streams.
        alive: a file to touch while cycles pass.
    """
    Clock(dut.clk, 2, unit="step").start()
    edge = RisingEdge(dut.clk)
    outcomes = []
    for jobs in rounds:
        runs = [Run(dut, job) for job in jobs]  # which offer nothing yet
        dut.rst.value = 1
        for _ in range(2):
            await edge
        dut.rst.value = 0
        await edge
        start = time.perf_counter()
        cycle, active = 0, runs
        while active := [job_run for job_run in active if job_run.edge(cycle)]:
            cycle += 1
            if cycle % _CYCLES_ALIVE == 0:
                alive.touch()
            await edge
        seconds = time.perf_counter() - start
        outcomes.append([job_run.end(seconds) for job_run in runs])
    return outcomes


@cocotb.test()
async def stream_bench(dut: Any) -> None:
    """Run the rounds of jobs in ``MACSMITH_JOBS``'s file and leave the outcomes beside it."""
    path = Path(os.environ["MACSMITH_JOBS"])
    rounds = pickle.loads(path.read_bytes())
    outcomes = await run(dut, rounds, path.with_suffix(".alive"))
    path.with_suffix(".out").write_bytes(pickle.dumps(outcomes))
