"""The bench: drives a unit's input streams, watches its output, and compares in order.

Runs inside the simulator, under cocotb; `sim.run` starts it. It knows streams and words, nothing of
any unit: a `Driver` for each input stream, a `Monitor` on the output, a `Checker` that holds what
the golden model expects. Everything that is wrong ends the run as failed: a wrong word, a word
that nobody expected, a word that is missing, a payload that changes while it waits, no progress,
or nothing to check.
"""

from __future__ import annotations

import os
import pickle
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import RisingEdge

__all__ = ["Checker", "Driver", "Job", "Monitor", "Outcome", "Run", "stream_bench"]

_QUIET_CYCLES = 20  # watched after the last transfer, for words that nobody asked for; no stalls
_MOST_FAULTS = 10  # told in full


@dataclass(frozen=True)
class Job:
    """One run of the bench.

    Attributes:
        inputs: the beats of each input stream, by the stream's name.
        output: name of the output stream.
        expected: the beats that must come out.
        stall: probability that a stream idles in a cycle, on every side; 0 to below 1.
        patience: cycles without any transfer after which the run has failed.
        seed: of the stalls.
    """

    inputs: dict[str, list[int]]
    output: str
    expected: list[int]
    stall: float
    patience: int
    seed: int


@dataclass
class Outcome:
    """What a run found.

    Attributes:
        checked: words compared.
        mismatches: words that differ.
        faults: sentences, the first ten; empty if all is well.
        first_transfer: cycle of each stream's first transfer.
        last_transfer: cycle of each stream's last transfer.
        latest: cycle of the last transfer of any stream.
        words: what came out.
        cycles: clock cycles from reset to the end of the run.
        seconds: what they took.
    """

    checked: int = 0
    mismatches: int = 0
    faults: list[str] = field(default_factory=list)
    first_transfer: dict[str, int] = field(default_factory=dict)
    last_transfer: dict[str, int] = field(default_factory=dict)
    latest: int = 0
    words: list[int] = field(default_factory=list)
    cycles: int = 0
    seconds: float = 0.0

    def fault(self, sentence: str) -> None:
        """Note something wrong."""
        if len(self.faults) < _MOST_FAULTS:
            self.faults.append(sentence)

    def transfer(self, stream: str, cycle: int) -> None:
        """Note a transfer."""
        self.latest = cycle
        self.first_transfer.setdefault(stream, cycle)
        self.last_transfer[stream] = cycle


class Driver:
    """Offers a stream's beats, with idle cycles between them in which the payload is noise."""

    def __init__(self, dut: Any, stream: str, beats: list[int], stall: float, rng: random.Random):
        self._stream = stream
        self._payload = getattr(dut, f"{stream}_payload")
        self._valid = getattr(dut, f"{stream}_valid")
        self._ready = getattr(dut, f"{stream}_ready")
        self._bits = len(self._payload)
        self._beats = iter(beats)
        self._stall, self._rng = stall, rng
        self._offered = False
        self._valid.value = 0
        self._payload.value = 0

    def edge(self, cycle: int, outcome: Outcome) -> None:
        """Act on a clock edge: note the transfer, offer the next beat."""
        if self._offered:
            if not self._ready.value:
                return
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


class Monitor:
    """Takes the words of the output stream, with pauses, and hands them to the checker."""

    def __init__(self, dut: Any, stream: str, checker: Checker, stall: float, rng: random.Random):
        self._stream = stream
        self._payload = getattr(dut, f"{stream}_payload")
        self._valid = getattr(dut, f"{stream}_valid")
        self._ready = getattr(dut, f"{stream}_ready")
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
                outcome.fault(f"cycle {cycle}: {self._stream} changed while it waited")
            self._waiting = None if self._taking else word
            if self._taking:
                outcome.transfer(self._stream, cycle)
                self._checker.check(word, cycle)
        elif self._waiting is not None:
            outcome.fault(f"cycle {cycle}: {self._stream} was withdrawn while it waited")
            self._waiting = None
        # after the last expected word without a pause: one that nobody asked for is not missed
        stalls = self._stall and not self._checker.done
        taking = not (stalls and self._rng.random() < self._stall)
        if taking != self._taking:
            self._taking = taking
            self._ready.value = taking


class Checker:
    """Compares words with the expected ones, in their order."""

    def __init__(self, expected: list[int], outcome: Outcome) -> None:
        self._expected, self._outcome = expected, outcome

    def check(self, word: int, cycle: int) -> None:
        """Compare the next word."""
        outcome = self._outcome
        position = len(outcome.words)
        outcome.words.append(word)
        if position >= len(self._expected):
            outcome.fault(f"cycle {cycle}: word {position} came out and none was expected")
            return
        outcome.checked += 1
        if word != self._expected[position]:
            outcome.mismatches += 1
            outcome.fault(
                f"cycle {cycle}: word {position} is {word:#x},"
                f" expected {self._expected[position]:#x}"
            )

    @property
    def done(self) -> bool:
        """All expected words have come."""
        return len(self._outcome.words) >= len(self._expected)


class Run:
    """One job in its simulator: what drives, watches and checks."""

    def __init__(self, dut: Any, job: Job) -> None:
        self.outcome = Outcome()
        self._job = job
        self._checker = Checker(job.expected, self.outcome)
        rng = random.Random(job.seed)
        self._agents: list[Driver | Monitor] = [
            Driver(dut, name, beats, job.stall, random.Random(rng.random()))
            for name, beats in job.inputs.items()
        ]
        self._agents.append(
            Monitor(dut, job.output, self._checker, job.stall, random.Random(rng.random()))
        )
        # inputs that idle a lot may still be coming
        self._quiet = round(_QUIET_CYCLES / (1 - job.stall))

    def edge(self, cycle: int) -> bool:
        """Act on a clock edge; returns whether the job goes on."""
        outcome = self.outcome
        if cycle - outcome.latest < (self._quiet if self._checker.done else self._job.patience):
            for agent in self._agents:
                agent.edge(cycle, outcome)
            outcome.cycles = cycle + 1
            return True
        return False

    def end(self, seconds: float) -> Outcome:
        """What was found."""
        outcome, job = self.outcome, self._job
        outcome.seconds = seconds
        if not self._checker.done:
            outcome.fault(
                f"cycle {outcome.cycles}: {len(job.expected) - len(outcome.words)} of"
                f" {len(job.expected)} words are missing after {job.patience} cycles without a"
                " transfer"
            )
        if not outcome.checked:
            outcome.fault("nothing was checked")
        return outcome


async def run(dut: Any, jobs: Sequence[Job]) -> list[Outcome]:
    """Reset the design, run jobs on different streams of it at once, and tell what was found."""
    runs = [Run(dut, job) for job in jobs]
    Clock(dut.clk, 2, unit="step").start()
    edge = RisingEdge(dut.clk)
    dut.rst.value = 1
    for _ in range(2):
        await edge
    dut.rst.value = 0
    await edge
    start = time.perf_counter()
    cycle, active = 0, runs
    while active := [each for each in active if each.edge(cycle)]:
        cycle += 1
        await edge
    seconds = time.perf_counter() - start
    return [each.end(seconds) for each in runs]


@cocotb.test()
async def stream_bench(dut: Any) -> None:
    """Run the jobs that ``MACSMITH_JOBS`` names and leave the outcomes beside them."""
    path = Path(os.environ["MACSMITH_JOBS"])
    outcomes = await run(dut, pickle.loads(path.read_bytes()))
    path.with_suffix(".out").write_bytes(pickle.dumps(outcomes))
