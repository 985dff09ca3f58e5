"""What a bench is to do, and what it found; shared by the bench and the program that starts it."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["MOST_FAULTS", "MOST_UNASKED", "Job", "Level", "Outcome", "quiet_cycles"]

#: Faults that are told in full.
MOST_FAULTS = 10

#: Words beyond the expected ones after which a run ends: of a stream that does not end.
MOST_UNASKED = 20

_QUIET_CYCLES = 20


def quiet_cycles(stall: float) -> int:
    """Cycles that are watched after the last transfer, for words that nobody asked for.

    More with stalls: inputs that idle a lot may still be coming.
    """
    return round(_QUIET_CYCLES / (1 - stall))


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

    def wrong_word(self, cycle: int, stream: str, position: int, word: int, wanted: int) -> None:
        """Note that a word is not the expected one."""
        self.fault(f"cycle {cycle}: word {position} of {stream} is {word:#x}, expected {wanted:#x}")

    def unasked_word(self, cycle: int, stream: str, position: int) -> None:
        """Note a word beyond the expected ones."""
        self.fault(f"cycle {cycle}: word {position} of {stream} came out and none was expected")

    def restless_word(self, cycle: int, stream: str, what: str) -> None:
        """Note what a word did that waited: it changed, or was withdrawn."""
        self.fault(f"cycle {cycle}: {stream} {what} while it waited")

    def wrong_level(self, cycle: int, port: str, value: int, allowed: list[int]) -> None:
        """Note that a port shows what it must not."""
        names = " or ".join(f"{value:#x}" for value in sorted(set(allowed)))
        self.fault(f"cycle {cycle}: {port} is {value:#x}, expected {names}")

    def missing_words(self, stream: str, missing: int, expected: int, patience: int) -> None:
        """Note expected words that a run waited for so many cycles."""
        self.fault(
            f"cycle {self.cycles}: {missing} of {expected} words of {stream} are missing after"
            f" {patience} cycles without a transfer"
        )

    def words_left(self, stream: str, left: int, words: int) -> None:
        """Note words of an input stream that were not taken."""
        self.fault(f"cycle {self.cycles}: {left} of {words} words of {stream} were not taken")

    def see_checked(self) -> None:
        """Note a run that checked nothing."""
        if not self.checked:
            self.fault("nothing was checked")

    def transfer(self, stream: str, cycle: int) -> None:
        """Note a transfer."""
        self.latest = cycle
        self.first_transfer.setdefault(stream, cycle)
        self.last_transfer[stream] = cycle
