"""What a bench is to do, and what it found; shared by the bench and the program that starts it."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["MOST_FAULTS", "Job", "Level", "Outcome"]

#: Faults that are told in full.
MOST_FAULTS = 10


@dataclass(frozen=True)
class Level:
    """What a port must show that is no stream and changes with the sums that pass.

    Attributes:
        port: its name.
        stream: the output stream whose words tell how many sums have passed.
        values: what it shows once so many sums have passed, from none to all.
        passed: how many have passed at least once so many output words have come, from none to all.
        ahead: words by which the sums may be ahead of the output.
    """

    port: str
    stream: str
    values: list[int]
    passed: list[int]
    ahead: int

    def allowed(self, words: int) -> list[int]:
        """What the port may show after so many output words."""
        last = len(self.passed) - 1
        least, most = (self.passed[min(n, last)] for n in (words, words + self.ahead))
        return self.values[least : most + 1]


@dataclass(frozen=True)
class Job:
    """One run of the bench.

    Attributes:
        inputs: the beats of each input stream, by the stream's name.
        outputs: the beats that must come out of each output stream, likewise.
        stall: probability that a stream idles in a cycle, on every side; 0 to below 1.
        patience: cycles without any transfer after which the run has failed.
        seed: of the stalls.
        level: of a port beside the streams, if there is one.
        cycles: end the run after so many, whatever is left to do; 0: when all is done.
    """

    inputs: dict[str, list[int]]
    outputs: dict[str, list[int]]
    stall: float
    patience: int
    seed: int
    level: Level | None = None
    cycles: int = 0


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
        words: what came out of each output stream.
        cycles: clock cycles from reset to the end of the run.
        seconds: what they took.
    """

    checked: int = 0
    mismatches: int = 0
    faults: list[str] = field(default_factory=list)
    first_transfer: dict[str, int] = field(default_factory=dict)
    last_transfer: dict[str, int] = field(default_factory=dict)
    latest: int = 0
    words: dict[str, list[int]] = field(default_factory=dict)
    cycles: int = 0
    seconds: float = 0.0

    def fault(self, sentence: str) -> None:
        """Note something wrong."""
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(sentence)

    def transfer(self, stream: str, cycle: int) -> None:
        """Note a transfer."""
        self.latest = cycle
        self.first_transfer.setdefault(stream, cycle)
        self.last_transfer[stream] = cycle
