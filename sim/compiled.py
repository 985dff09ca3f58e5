"""The compiled bench: the streams and checks of `sim.bench`, for millions of words.

A small program around Verilator's model, `harness.cpp`, drives a unit's streams from arrays of
words and keeps what comes out of them, and when; it is built for the unit's streams and kept as
simulators are. What came is compared with what was expected here, array by array. Of the same round
both benches say the same; only the cycles in which streams stall are others.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from amaranth.hdl import Shape
from amaranth.lib import wiring
from numpy.typing import NDArray

from hw.modules import flat_ports
from hw.unit import Unit
from sim.job import MOST_FAULTS, MOST_UNASKED, Level, Outcome, quiet_cycles
from sim.rounds import Round, Simulation
from sim.run import ended, no_outcome, starting_values
from sim.simulator import built, verilator
from sim.words import Words, resized

__all__ = ["Harness"]

_MAIN = Path(__file__).with_name("harness.cpp")
_PARTS = ("payload", "valid", "ready")
_WAITING = ("changed", "was withdrawn")  # what a word did that waits; else a level is wrong
_NOTHING = Words.of(np.zeros((0, 1), np.uint8))
_LEAST = (1, 2, 4, 8)  # bytes of a port; wider ones are made of words of four

_Records = NDArray[np.void]
_Fault = tuple[int, Callable[[], None]]  # its cycle, and what notes it


@dataclass(frozen=True)
class _Port:
    """A port that carries words.

    Attributes:
        name: of the stream, or of the port itself.
        bits: its width.
    """

    name: str
    bits: int

    @property
    def size(self) -> int:
        """Bytes that Verilator keeps of it."""
        least = -(-self.bits // 8)
        return next((size for size in _LEAST if least <= size), -(-least // 4) * 4)

    def records(self, words: Words) -> _Records:
        """One record a beat, as Verilator keeps the port."""
        assert not words.table[:, self.size :].any()
        return resized(words.table, self.size).view(f"V{self.size}")[:, 0][words.order]


class Harness:
    """A unit's Verilog in its compiled bench.

    Args:
        unit: the configuration.
        verilog: its text, or another one with the same ports.
        top: the top module.

    Raises:
        SimulatorError: it could not be built.
        RequestError: there is no Verilator, or the cache cannot be written.
    """

    def __init__(self, unit: Unit, verilog: str, top: str) -> None:
        streams = [
            (stream.direction, _Port(stream.name, Shape.cast(stream.shape).width))
            for stream in unit.streams()
        ]
        self._inputs = [port for direction, port in streams if direction == "input"]
        self._outputs = [port for direction, port in streams if direction == "output"]
        parts = {f"{port.name}_{part}" for _, port in streams for part in _PARTS}
        self._levels = [
            _Port(name, Shape.cast(member.shape).width)
            for name, member in flat_ports(unit.signature())
            if name not in parts and member.flow is wiring.Out
        ]
        lists = {
            "INPUTS": [f"X({port.name}, {port.bits})" for port in self._inputs],
            "OUTPUTS": [f"X({port.name}, {port.bits})" for port in self._outputs],
            "LEVELS": [f"X({port.name})" for port in self._levels],
        }
        header = "".join(
            f"#define {name}(X) {' '.join(all_of)}\n" for name, all_of in lists.items()
        )
        files = {"ports.h": header, "design.v": verilog}
        flags = [
            *("-cc", "--exe", "--no-timing", "--prefix", "Vtop", "--top-module", top),
            *("-o", "simulator", "-CFLAGS", "-O2", "-Wno-fatal", "--x-initial", "unique"),
        ]
        main = _MAIN.read_text(encoding="utf-8")
        key = [verilog, header, main, *flags, verilator().version, sys.version]
        self._program = built(key, files, [*flags, str(_MAIN), "design.v"])

    def run(self, rounds: Sequence[Round]) -> list[Simulation]:
        """Run rounds, each after a reset, and judge them.

        Raises:
            SimulatorError: the simulator broke off, or made no progress.
        """
        with tempfile.TemporaryDirectory(prefix="macsmith-") as name:
            jobs, out, alive = (Path(name, f"bench.{part}") for part in ("jobs", "out", "alive"))
            with jobs.open("wb") as file:
                file.write(_numbers(len(rounds)))
                for part in rounds:
                    file.writelines(self._job(part))
            arguments = [str(path) for path in (self._program, jobs, out, alive)]
            printed = ended([*arguments, *starting_values(rounds[0].seed)], {}, alive)
            if not out.exists():
                raise no_outcome(printed)
            with out.open("rb") as file:
                return [self._judged(part, _Reader(file)) for part in rounds]

    def _job(self, part: Round) -> Iterator[bytes | memoryview]:
        """A round, as the program reads it."""
        stall = round(part.stall * (1 << 62)) << 2  # of 2**64
        settings = (part.patience, quiet_cycles(part.stall), MOST_UNASKED, part.cycles)
        yield _numbers(part.seed, stall - (stall >> 63 << 64), *settings)
        for port in self._inputs:
            words = part.wanted.inputs.get(port.name, _NOTHING)
            yield _numbers(len(words))
            yield port.records(words).data
        for port in self._outputs:
            yield _numbers(len(part.wanted.outputs.get(port.name, _NOTHING)))
        level = part.wanted.level
        yield _numbers(level is not None)
        if level is not None:
            port = self._place(level)
            stream = [port.name for port in self._outputs].index(level.stream)
            counts = (len(level.values), len(level.passed))
            yield _numbers(self._levels.index(port), stream, level.ahead, *counts)
            yield b"".join(value.to_bytes(port.size, "little") for value in level.values)
            yield _numbers(*level.passed)

    def _place(self, level: Level) -> _Port:
        """The port that a level is of."""
        return next(port for port in self._levels if port.name == level.port)

    def _judged(self, part: Round, reader: _Reader) -> Simulation:
        """What the program found in a round."""
        outcome = Outcome()
        outcome.cycles, outcome.latest, nanoseconds = reader.numbers(3)
        outcome.seconds = nanoseconds / 1e9
        left = [(port.name, _passed(outcome, port.name, reader)) for port in self._inputs]
        received: dict[str, NDArray[np.uint8]] = {}
        faults: list[_Fault] = []
        missing = []
        for port in self._outputs:
            count = _passed(outcome, port.name, reader)
            records, cycles = reader.array(f"V{port.size}", count), reader.array("<i8", count)
            expected = part.wanted.outputs.get(port.name, _NOTHING)
            faults += _compared(outcome, port, records, expected, cycles)
            words = records.view(np.uint8).reshape(count, port.size)
            received[port.name] = resized(words, expected.table.shape[1])
            missing.append((port.name, len(expected) - count, len(expected)))
        level_mismatches, events = reader.numbers(2)
        outcome.mismatches += level_mismatches
        faults += self._events(outcome, part, reader, events)
        for _, note in sorted(faults, key=itemgetter(0)):
            note()
        if not part.cycles:
            for name, lacking, wanted in missing:
                if lacking > 0:
                    outcome.missing_words(name, lacking, wanted, part.patience)
            for name, waiting in left:
                if waiting:
                    outcome.words_left(name, waiting, len(part.wanted.inputs[name]))
            outcome.see_checked()
        return part.judged(outcome, received)

    def _events(
        self, outcome: Outcome, part: Round, reader: _Reader, count: int
    ) -> Iterator[_Fault]:
        """Faults that only the program sees."""
        rows = np.array(reader.numbers(4 * count)).reshape(count, 4).tolist()
        level = part.wanted.level
        for kind, stream, cycle, words in rows:
            if kind < len(_WAITING):
                name = self._outputs[stream].name
                yield cycle, partial(outcome.restless_word, cycle, name, _WAITING[kind])
                continue
            assert level is not None
            (record,) = reader.array(f"V{self._place(level).size}", 1)
            allowed = level.values[-1:] if words < 0 else level.allowed(words)
            value = int.from_bytes(record.tobytes(), "little")
            yield cycle, partial(outcome.wrong_level, cycle, level.port, value, allowed)


def _passed(outcome: Outcome, stream: str, reader: _Reader) -> int:
    """Note a stream's transfers; its count, of words that are left or that came."""
    count, first, last = reader.numbers(3)
    if first >= 0:
        outcome.first_transfer[stream], outcome.last_transfer[stream] = first, last
    return count


def _compared(
    outcome: Outcome, port: _Port, words: _Records, expected: Words, cycles: NDArray[np.int64]
) -> Iterator[_Fault]:
    """Compare what came with what was expected; the first faults."""
    wanted = port.records(expected)
    both = min(len(words), len(wanted))
    outcome.checked += both
    differ = np.flatnonzero(words[:both] != wanted[:both])
    outcome.mismatches += len(differ)
    for i in differ[:MOST_FAULTS].tolist():
        word, right = (
            int.from_bytes(records[i].tobytes(), "little") for records in (words, wanted)
        )
        cycle = int(cycles[i])
        yield cycle, partial(outcome.wrong_word, cycle, port.name, i, word, right)
    for i in range(both, min(len(words), both + MOST_FAULTS)):
        cycle = int(cycles[i])
        yield cycle, partial(outcome.unasked_word, cycle, port.name, i)


def _numbers(*values: int) -> bytes:
    """Numbers as the program reads them."""
    return np.array(values, "<i8").tobytes()


class _Reader:
    """Reads what the program has written."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def array(self, kind: str, count: int) -> NDArray[Any]:
        """So many elements of a type."""
        return np.fromfile(self._file, kind, count)

    def numbers(self, count: int) -> list[int]:
        """So many numbers."""
        return self.array("<i8", count).tolist()
