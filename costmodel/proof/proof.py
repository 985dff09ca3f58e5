"""The proof that a mapped netlist does what its source says, or what shows that it does not.

Where every register has its counterpart, both circuits are compared for all inputs and all states:
one by one where they are few, else by ABC's SAT sweep, after some thousand directed and random
ones that find most faults at once. Where ABC takes too long, those are all there is; where a
register has no counterpart, sequences of inputs are run. What was only simulated is said with the
number of steps. On request the text itself is run, too, by a simulator that reads it by itself.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import asdict, dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from costmodel.netlist.netlist import Netlist
from costmodel.netlist.source import Source
from costmodel.proof.counterexample import Counterexample
from costmodel.proof.miter import Answer, solve
from costmodel.proof.pair import Pair
from costmodel.proof.reference import read_reference
from costmodel.proof.sequence import clock_ports, run_against_text, run_sequences
from costmodel.proof.stimuli import draw_sequence
from costmodel.proof.text import Text, run_text
from costmodel.proof.trial import Trial, free_bits, try_all, try_some
from costmodel.work.worker import DEFAULT_LIMITS, Limits, run_limited
from hw.errors import RequestError

__all__ = ["Effort", "Proof", "prove"]

_MOST_BITS = 16  # of inputs and states together, to try them all
_VECTORS = 50_000
_STEPS = 300  # of each stream of a sequence
_TEXT_STEPS = 1000


@dataclass(frozen=True)
class Effort:
    """What a proof may take.

    Attributes:
        solver_seconds: how long ABC may.
        text: what a user wrote, to be run as well; None leaves that out.
        seed: of what is drawn.
    """

    solver_seconds: float = 5.0
    text: Text | None = None
    seed: int = 0

    @property
    def question(self) -> dict[str, Any]:
        """All of it that an answer depends on."""
        text: dict[str, Any] = {}
        if self.text is not None:
            text = {"sha256": _digest(*self.text.files), "parameters": self.text.parameters}
            text["options"] = [o for o in self.text.options if not o.startswith("-I")]
        return {"effort": asdict(self) | {"text": text}, "prover": _prover()}


def _digest(*files: Path) -> str:
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()


@cache
def _prover() -> str:
    return _digest(*sorted(Path(__file__).parent.glob("*.py")))


@dataclass(frozen=True)
class Proof:
    """What is known of a netlist and its source.

    Attributes:
        method: ``sat`` or ``simulation``; ``none`` if nothing could be compared.
        complete: equal for all inputs and states; else only in what was simulated.
        steps: inputs (with states) or changes of inputs that were simulated.
        seed: of what was drawn.
        seconds: what it took.
        mismatch: a sentence on inputs for which the two differ; None if none were found.
        text_steps: changes of inputs on which the text itself was run; None if it was not.
        remarks: what limits this, a sentence each.
    """

    method: str
    complete: bool
    steps: int
    seed: int
    seconds: float
    mismatch: str | None
    text_steps: int | None
    remarks: tuple[str, ...]


class _Result(NamedTuple):
    method: str
    complete: bool
    steps: int
    counterexample: Counterexample | None
    remarks: tuple[str, ...] = ()


def prove(
    source: Source, mapped: Netlist, effort: Effort, limits: Limits = DEFAULT_LIMITS
) -> Proof:
    """Compare a mapped netlist with its source, in processes of their own.

    Args:
        source: what was mapped.
        mapped: flat, with the ports of the source.
        effort: what it may take.
        limits: of each process.
    """
    start = time.perf_counter()
    try:
        reference = read_reference(source, limits)
        work = partial(_prove, reference, mapped, effort)
        result, text_steps = run_limited(work, limits, "the proof")
    except RequestError as error:
        result, text_steps = _Result("none", False, 0, None, (f"not proved: {error}",)), None
    return Proof(
        method=result.method,
        complete=result.complete,
        steps=result.steps,
        seed=effort.seed,
        seconds=time.perf_counter() - start,
        mismatch=None if result.counterexample is None else str(result.counterexample),
        text_steps=text_steps,
        remarks=result.remarks,
    )


def _prove(
    reference: Netlist, mapped: Netlist, effort: Effort, folder: Path
) -> tuple[_Result, int | None]:
    pair, text = Pair.of(reference, mapped), effort.text
    result = _compare(pair, effort.solver_seconds, effort.seed, folder)
    if text is None or result.counterexample is not None:
        return result, None
    rng = np.random.default_rng(effort.seed)
    sequence = draw_sequence(pair.inputs, clock_ports(pair.source), _TEXT_STEPS, rng)
    run = run_text(text, reference, sequence, folder) if sequence else "it has no inputs"
    if isinstance(run, str):
        remark = f"the text itself was not run: {run}"
        return result._replace(remarks=(*result.remarks, remark)), None
    course = run_against_text(Pair.of(reference, mapped, text=True), sequence, run)
    remarks = (*result.remarks, *_unseen(course.unseen))
    if course.counterexample is not None:
        return _Result("simulation", False, course.steps, course.counterexample, remarks), None
    return result._replace(remarks=remarks), course.steps


def _compare(pair: Pair, solver_seconds: float, seed: int, folder: Path) -> _Result:
    """Source and netlist, by gates."""
    if len(pair.matching.lost):
        return _sequences(pair, seed)
    if free_bits(pair) <= _MOST_BITS:
        steps, counterexample = try_all(pair)
        result = _Result("simulation", counterexample is None, steps, counterexample)
    else:
        steps, counterexample = try_some(pair, _VECTORS, seed)
        answer = Answer(equal=None) if counterexample else solve(pair, folder, solver_seconds)
        if answer.equal is False:
            counterexample = _replay(pair, answer)
        result = _Result(
            "sat" if answer.equal else "simulation", bool(answer.equal), steps, counterexample
        )
    if result.counterexample is not None and not pair.matching.whole:
        return _sequences(pair, seed)  # from a state that may never be
    return result


def _sequences(pair: Pair, seed: int) -> _Result:
    course = run_sequences(pair, _STEPS, seed)
    remarks = _unseen(course.unseen)
    return _Result("simulation", False, course.steps, course.counterexample, remarks)


def _unseen(ports: tuple[str, ...]) -> tuple[str, ...]:
    if not ports:
        return ()
    return (f"{', '.join(ports)} could never be compared: what registers start from decides",)


def _replay(pair: Pair, answer: Answer) -> Counterexample | None:
    """What a solver found, evaluated."""

    def planes(ones: list[bool]) -> np.ndarray[tuple[int, int], np.dtype[np.uint64]]:
        return np.array(ones, dtype=np.uint64).reshape(len(ones), 1)

    inputs = {
        port: planes([(port, place) in answer.ones for place in range(width)])
        for port, width in pair.inputs.items()
    }
    states = planes([("", number) in answer.ones for number in pair.matching.mapped.tolist()])
    return Trial(pair, 1).run(inputs, states)
