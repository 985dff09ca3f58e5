"""How fused multiply-add units are fed and judged (`sim.family.Bench`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hw.errors import RequestError
from hw.fma import Fma
from sim.data_files import Arrays
from sim.family import Results, Stimulus
from sim.fma.data import directed_operations, random_operations
from sim.fma.operations import Operations, golden_words
from sim.rounds import Simulation
from sim.words import Words

__all__ = ["BENCH"]

#: Warnings that the Verilog may give (`sim.lint`), and why.
WAIVERS = {
    f'lint_off -rule UNUSEDSIGNAL -file "*" -match "*: \'{signal}\'*"': reason
    for signal, reason in {
        "whole_*": "the fraction of a significand is read where the code has it",
        "significand_c": "likewise",
        "*product*": "the low bits of a product bear the names of what they are made of; a wide"
        " window goes on below it, and where no exponent is negative none has a sign",
        "exponent*": "a field's upper bits are read where the code has them; an exponent wider than"
        " its register has names for its ends",
        "normalized": "as a product, of which bits are cut",
        "large*": "the window goes on below the larger operand",
        "jammed": "all but the lowest bit bear the name that they had before",
        "aligned": "likewise",
        "sum": "fields that pass through bear the names that they come with",
        "normal": "rounding looks at a few bits of a sum only",
        "base": "a field that is below 0 is none",
        "operations_payload": "of a factor that is rounded to a power of two few bits are read",
        "given_b": "likewise",
    }.items()
}
_OPERATIONS = 1000  # of random work, if nobody says how many


@dataclass(frozen=True)
class Given:
    """A user's operations (`sim.family.Dataset`)."""

    operations: Operations
    stages: int = 1

    def work(self, unit: Fma, stage: int, before: Results) -> list[Operations]:
        """All of them at once: there is one stage."""
        assert (stage, before) == (0, ())
        self.operations.check(unit)
        return [self.operations]


class FmaBench:
    """Pieces of work are `sim.fma.operations.Operations`; results are words, flags on top."""

    waivers: Mapping[str, str] = WAIVERS

    def random(
        self, unit: Fma, vectors: int | None, seed: int, *, typical: bool = False
    ) -> list[Operations]:
        """See `sim.fma.data.random_operations`; a vector is an operation."""
        count = _OPERATIONS if vectors is None else vectors
        return [random_operations(unit, count, np.random.default_rng(seed), typical=typical)]

    def vectors_in(self, unit: Fma, cycles: int) -> int:
        """One a cycle."""
        return max(1, cycles - unit.latency)

    def small(self, unit: Fma, cycles: int) -> tuple[Fma, list[Operations]]:
        """The circuit does not know how much work there is."""
        return unit, self.random(unit, self.vectors_in(unit, cycles), 0, typical=True)

    def directed(self, unit: Fma, seed: int) -> list[Operations]:
        """See `sim.fma.data.directed_operations`."""
        return directed_operations(unit, np.random.default_rng((seed, 1)))

    def drive(
        self, unit: Fma, work: Sequence[Operations], *, skip_zero_tiles: bool = False
    ) -> Stimulus:
        """See `sim.family.Bench.drive`."""
        if skip_zero_tiles:
            raise RequestError("an fma has no tiles to be left out")
        for operations in work:
            operations.check(unit)
        whole = Operations.concatenate(work)
        a, b = unit.factors
        given = [
            x | y << a.bits | c << a.bits + b.bits
            for x, y, c in zip(whole.a.tolist(), whole.b.tolist(), whole.c.tolist(), strict=True)
        ]
        shapes = [stream.shape for stream in unit.streams()]
        return Stimulus(
            inputs={"operations": _words(given, shapes[0])},
            outputs={"results": _words(golden_words(unit, whole).tolist(), shapes[1])},
            starter="operations",
            cycles=len(whole) + unit.latency,
            operations=len(whole),
            vectors=len(whole),
        )

    def results(
        self, unit: Fma, words: Mapping[str, NDArray[np.uint8]], work: Sequence[Operations]
    ) -> Results:
        """Words of results, shape (operations,) each."""
        del unit
        whole = [int.from_bytes(word.tobytes(), "little") for word in words["results"]]
        ends = np.cumsum([len(operations) for operations in work])
        return tuple(np.split(np.array(whole, np.int64), ends[:-1]))

    def golden(self, unit: Fma, work: Sequence[Operations]) -> Results:
        """See `sim.family.Bench.golden`."""
        for operations in work:
            operations.check(unit)
        return tuple(golden_words(unit, operations) for operations in work)

    def load(
        self,
        unit: Fma,
        arrays: Arrays,
        place: str,
        *,
        vectors: int | None = None,
        seed: int = 0,
    ) -> Given:
        """The arrays of `Operations`."""
        del seed
        if vectors is not None:
            raise RequestError(
                f"{place} has operands: leave out --vectors, which counts random ones"
            )
        if sorted(arrays) != ["a", "b", "c"]:
            raise RequestError(f"{place} must hold the arrays a, b, c and no others")
        for name, array in arrays.items():
            if array.dtype.kind not in "iu":
                raise RequestError(f"{name} of {place} is {array.dtype} where integers are wanted")
        a, b, c = (arrays[name].astype(np.int64) for name in "abc")
        given = Given(Operations(a, b, c))
        given.work(unit, 0, ())
        return given

    def arrays(
        self, unit: Fma, simulations: Sequence[Simulation], dataset: Given
    ) -> dict[str, NDArray[Any]]:
        """``results``, shape (operations,): words, flags on top."""
        del unit, dataset
        ((results,),) = (simulation.results for simulation in simulations)
        return {"results": results}

    def findings(
        self, unit: Fma, simulations: Sequence[Simulation], dataset: Given | None
    ) -> dict[str, Any]:
        """Nothing else."""
        del unit, simulations, dataset
        return {}


def _words(words: Sequence[int], shape: Any) -> Words:
    """Integers as words of a stream."""
    size = -(-shape.size // 8)
    text = b"".join(word.to_bytes(size, "little") for word in words)
    return Words.of(np.frombuffer(text, dtype=np.uint8).reshape(-1, size))


BENCH = FmaBench()
