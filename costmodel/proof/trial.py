"""Both netlists at work on the same inputs and from the same states, in thousands of lanes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from costmodel.netlist.evaluation import Planes
from costmodel.proof.counterexample import Counterexample
from costmodel.proof.machine import Machine
from costmodel.proof.pair import Pair
from costmodel.proof.stimuli import draw_words, to_planes

__all__ = ["Trial", "free_bits", "try_all", "try_some"]

_WORDS = 64  # of 64 lanes each, that are tried at a time
_LANES = 64 * _WORDS


class Trial:
    """A pair's two netlists, evaluated side by side."""

    def __init__(self, pair: Pair, words: int) -> None:
        self.pair = pair
        self.source, self.mapped = Machine(pair.source, words), Machine(pair.mapped, words)

    def run(self, inputs: dict[str, Planes], states: Planes) -> Counterexample | None:
        """Find a difference.

        Args:
            inputs: rows of bits, by port.
            states: of the netlist's matched registers, a row each, in the order of the matching.
        """
        matching = self.pair.matching
        for machine in (self.source, self.mapped):
            for port, planes in inputs.items():
                machine.put(port, planes)
        self.mapped.state[matching.mapped] = states
        held = self.mapped.flip(self.mapped.state[matching.mapped], matching.complement)
        self.source.state[matching.source] = held
        never = np.zeros((len(matching.constant), held.shape[1]), dtype=np.uint64)
        self.source.state[matching.constant] = self.source.flip(never, matching.values)
        self.source.evaluate()
        self.mapped.evaluate()
        ours, theirs, unknown = (
            np.concatenate(planes)
            for planes in zip(*self.pair.rows(self.source, self.mapped), strict=True)
        )
        wrong = (ours ^ theirs) & ~unknown
        if not wrong.any():
            return None
        row, word = (int(place[0]) for place in np.nonzero(wrong))
        lane = 64 * word + (int(wrong[row, word]) & -int(wrong[row, word])).bit_length() - 1
        labels = self.pair.labels()
        word_rows = [place for place, label in enumerate(labels) if label == labels[row]]
        free = unknown[word_rows]
        expected = (ours[word_rows] & ~free) | (theirs[word_rows] & free)
        names: dict[str, int] = {}
        for (name, position), planes in zip(matching.names, held, strict=True):
            names[name] = names.get(name, 0) | _bit(planes, lane) << position
        return Counterexample(
            inputs={port: _value(planes, lane) for port, planes in inputs.items()},
            states={name: value for name, value in names.items() if value},
            what=labels[row],
            expected=_value(expected, lane),
            given=_value(theirs[word_rows], lane),
        )


def free_bits(pair: Pair) -> int:
    """Bits of all inputs and of all registers."""
    return sum(pair.inputs.values()) + len(pair.matching.mapped)


def try_all(pair: Pair) -> tuple[int, Counterexample | None]:
    """Every input and every state; returns how many were tried."""
    bits = free_bits(pair)
    trial = Trial(pair, _WORDS)
    for first in range(0, 2**bits, _LANES):
        lanes = np.arange(first, first + _LANES)[:, None]
        numbers = lanes >> np.arange(bits) & 1
        inputs, place = {}, 0
        for port, width in pair.inputs.items():
            inputs[port] = to_planes(numbers[:, place : place + width].astype(bool))
            place += width
        counterexample = trial.run(inputs, to_planes(numbers[:, place:].astype(bool)))
        if counterexample is not None:
            return min(first + _LANES, 2**bits), counterexample
    return 2**bits, None


def try_some(pair: Pair, steps: int, seed: int) -> tuple[int, Counterexample | None]:
    """Directed and random inputs, from directed and random states; returns how many."""
    rng = np.random.default_rng(seed)
    trial = Trial(pair, _WORDS)
    registers: dict[str, int] = {}
    for name, position in pair.matching.names:
        registers[f"register {name}"] = max(registers.get(f"register {name}", 0), position + 1)
    done = 0
    while done < steps:
        done += _LANES
        words = draw_words({**pair.inputs, **registers}, _LANES, rng)
        planes = {name: to_planes(bits) for name, bits in words.items()}
        rows = [planes[f"register {name}"][place] for name, place in pair.matching.names]
        states = np.array(rows, dtype=np.uint64).reshape(len(rows), _WORDS)
        counterexample = trial.run({port: planes[port] for port in pair.inputs}, states)
        if counterexample is not None:
            return done, counterexample
    return done, None


def _bit(planes: NDArray[Any], lane: int) -> int:
    return int(planes[lane // 64]) >> lane % 64 & 1


def _value(planes: NDArray[Any], lane: int) -> int:
    return sum(_bit(row, lane) << place for place, row in enumerate(planes))
