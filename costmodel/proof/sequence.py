"""Two circuits in the course of time, where their registers do not all match.

A register of the one that the other has no counterpart of starts from something else in each of 64
lanes. What comes out is compared where it is the same in all of them: there it does not depend on
what nobody can know.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from costmodel.netlist.evaluation import ALL, Planes
from costmodel.netlist.netlist import Netlist
from costmodel.proof.counterexample import Counterexample
from costmodel.proof.machine import Machine, Registers
from costmodel.proof.pair import Pair
from costmodel.proof.stimuli import PROLOGUE, Bits, draw_sequence
from costmodel.proof.text import TextRun

__all__ = ["Course", "clock_ports", "run_against_text", "run_sequences"]

_OPERATIONS = 600_000  # on words of all nets of a kind
_LEAST_STEPS = 100
_STREAMS = 32  # of inputs, side by side


@dataclass(frozen=True)
class Course:
    """What came of sequences.

    Attributes:
        steps: changes of inputs, in all streams together.
        counterexample: None if nothing differed.
        unseen: outputs of which no bit was ever known.
    """

    steps: int
    counterexample: Counterexample | None
    unseen: tuple[str, ...]


def clock_ports(netlist: Netlist) -> list[str]:
    """The inputs of one bit that the clocks of registers depend on without a register between."""
    sources: dict[int, list[int]] = {}
    for kind, inputs, outputs in zip(
        netlist.kinds.tolist(), netlist.inputs.tolist(), netlist.outputs.tolist(), strict=True
    ):
        if netlist.library[kind].flop is None:
            sources |= {net: inputs for net in outputs if net > 1}
    front = np.unique(Registers.of(netlist).clocks).tolist()
    reached = set(front)
    while front:
        for net in sources.get(front.pop(), ()):
            if net not in reached:
                reached.add(net)
                front.append(net)
    return [
        port
        for port, (way, nets) in netlist.ports.items()
        if way == "input" and len(nets) == 1 and int(nets[0]) in reached
    ]


def run_sequences(pair: Pair, steps: int, seed: int) -> Course:
    """Let a source and its netlist run side by side.

    Args:
        pair: the two; registers that match start from the same state.
        steps: changes of inputs in each of some streams.
        seed: of inputs and states.

    Raises:
        RequestError: the source or the netlist has a loop of logic, or does not come to rest.
    """
    rng = np.random.default_rng(seed)
    clocks = clock_ports(pair.source)
    streams = [draw_sequence(pair.inputs, clocks, steps, rng) for _ in range(_STREAMS)]
    start = rng.random((len(pair.matching.source), _STREAMS)) < 0.5
    run = _Run(pair, start, np.ones(len(start), dtype=bool), rng)
    steps = min(steps, run.affordable())
    for step in range(steps):
        inputs = {port: np.stack([s[port][step] for s in streams], 1) for port in pair.inputs}
        counterexample = run.step(inputs, step)
        if counterexample is not None:
            return Course(_STREAMS * (step + 1), counterexample, ())
    return Course(_STREAMS * steps, None, run.unseen())


def run_against_text(pair: Pair, sequence: dict[str, Bits], run: TextRun) -> Course:
    """Let a netlist run on what the text of its source was run on.

    Args:
        pair: of the source and the netlist.
        sequence: of each input its value at each step.
        run: what the text answered.
    """
    held = run.held[pair.matching.source]
    both = _Run(pair, (held == 1)[:, None], held >= 0, np.random.default_rng(0))
    steps = min(len(next(iter(sequence.values()))), both.affordable())
    for step in range(PROLOGUE - 1, steps):
        inputs = {port: bits[step, :, None] for port, bits in sequence.items()}
        answers = {
            port: (run.outputs[port][step, :, None], run.sure[port][step, :, None])
            for port in pair.outputs
        }
        counterexample = both.step(inputs, step, answers)
        if counterexample is not None:
            return Course(step + 1 - PROLOGUE, counterexample, ())
    return Course(steps - PROLOGUE, None, both.unseen())


class _Run:
    """A source and a netlist in time, with streams of inputs side by side, a word each."""

    def __init__(
        self,
        pair: Pair,
        states: NDArray[np.bool_],
        known_states: NDArray[np.bool_],
        rng: np.random.Generator,
    ) -> None:
        """Start both.

        Args:
            pair: the two.
            states: of the source's matched registers, by stream.
            known_states: which of them are known at all.
            rng: what the unknown ones are drawn with.
        """
        self._pair = pair
        words, matching = states.shape[1], pair.matching
        self._source, self._mapped = (Machine(n, words) for n in (pair.source, pair.mapped))
        shape = self._mapped.state.shape
        self._mapped.state[:] = rng.integers(0, 2**64, shape, dtype=np.uint64)
        places = matching.mapped[known_states]
        self._mapped.state[places] = _spread(
            states[known_states] ^ matching.complement[known_states, None]
        )
        held = Machine.flip(self._mapped.state[matching.mapped], matching.complement)
        self._source.state[matching.source] = held
        self._source.state[pair.doubts_of_state()] = ALL
        self._seen = dict.fromkeys(pair.outputs, False)

    def step(
        self,
        inputs: dict[str, NDArray[np.bool_]],
        number: int,
        answers: dict[str, tuple[NDArray[np.bool_], NDArray[np.bool_]]] | None = None,
    ) -> Counterexample | None:
        """Change the inputs and compare the outputs.

        Args:
            inputs: of each port the bits by stream.
            number: of the step.
            answers: what the outputs must be, likewise, in place of what the source gives, and
                where that is sure.
        """
        pair = self._pair
        for machine in (self._source, self._mapped):
            for port, bits in inputs.items():
                machine.put(port, _spread(bits))
            machine.settle()
        for port in pair.outputs:
            nets = pair.source.ports[port][1]
            ours, theirs = self._source.get(nets), self._mapped.get(pair.mapped.ports[port][1])
            sure = _agreed(ours) & _agreed(theirs) & (self._source.get(pair.doubts[nets]) == 0)
            if answers is not None:
                ours = _spread(answers[port][0])
                sure &= answers[port][1]
            self._seen[port] |= bool(sure.any())
            wrong = sure & (ours != theirs)
            if wrong.any():
                stream = int(np.nonzero(wrong)[1][0])
                expected = np.where(sure, ours, theirs)[:, stream]
                return Counterexample(
                    inputs={port: _number(bits[:, stream]) for port, bits in inputs.items()},
                    states={},
                    what=port,
                    expected=_number(expected),
                    given=_number(theirs[:, stream]),
                    when=f"after {number + 1} changes of the inputs",
                )
        return None

    def affordable(self) -> int:
        """How many steps are worth their time: fewer in deep logic."""
        return max(_LEAST_STEPS, _OPERATIONS // (1 + self._source.depth + self._mapped.depth))

    def unseen(self) -> tuple[str, ...]:
        """Outputs of which no bit was ever sure."""
        return tuple(port for port, seen in self._seen.items() if not seen)


def _spread(bits: NDArray[np.bool_]) -> Planes:
    """Bits of streams as words that are the same in all lanes."""
    return np.where(bits, ALL, np.uint64(0))


def _agreed(planes: Planes) -> NDArray[np.bool_]:
    return (planes == 0) | (planes == ALL)


def _number(bits: NDArray[Any]) -> int:
    return sum(1 << place for place, bit in enumerate(bits) if bit)
