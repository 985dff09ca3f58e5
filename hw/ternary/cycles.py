"""The cycles of matrix products as a rule: arithmetic in words that anyone can evaluate.

One text says how many cycles products take: the manifest prints it, the documentation shows it, and
`TernaryConfiguration.cycles`, which a simulation must agree with, evaluates it, and the cost model
evaluates it for arrays of cores.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import ceil
from types import CodeType
from typing import Any

__all__ = ["CycleRule", "cycle_rule"]


@dataclass(frozen=True)
class CycleRule:
    """How to count the cycles of products that follow each other.

    Statements are of the form ``name = expression``, of whole numbers, ``+ - * /``, ``max``,
    ``min`` and ``ceil`` (rounds a quotient up). A name keeps its value until it is given another.

    Attributes:
        start: statements to begin with.
        each_product: statements for each product in turn, given its ``inputs``, ``outputs`` and
            ``batch``.
        cycles: an expression, of what the names are after the last product.
    """

    start: tuple[str, ...]
    each_product: tuple[str, ...]
    cycles: str

    def evaluate(self, products: Iterable[tuple[int, int, int]]) -> int:
        """Cycles of products, at least one; of each its inputs, outputs and batch."""
        named: list[Mapping[str, Any]] = [
            {"inputs": inputs, "outputs": outputs, "batch": batch}
            for inputs, outputs, batch in products
        ]
        *_, cycles = self.counts(named, {"ceil": ceil, "max": max, "min": min})
        return cycles

    def counts(
        self,
        products: Iterable[Mapping[str, Any]],
        functions: Mapping[str, Callable[..., Any]],
        **names: Any,
    ) -> Iterator[Any]:
        """Cycles up to the end of each product in turn.

        Args:
            products: what names stand for in each of them.
            functions: ``ceil``, ``max`` and ``min``, of numbers or of arrays.
            names: what other names stand for.
        """
        start, each_product, cycles = self._code
        known: dict[str, Any] = {"__builtins__": {}, **functions}
        exec(start, known, names)
        for product in products:
            names |= product
            exec(each_product, known, names)
            yield eval(cycles, known, names)

    @cached_property
    def _code(self) -> tuple[CodeType, CodeType, CodeType]:
        """The three parts, compiled; the texts are this module's own."""
        parts = (self.start, "exec"), (self.each_product, "exec"), ((self.cycles,), "eval")
        start, each_product, cycles = (
            compile("\n".join(lines), "<cycles>", mode) for lines, mode in parts
        )
        return start, each_product, cycles


def cycle_rule(
    *,
    tiles: str,
    sums: str,
    commands: bool | str,
    ends: int | str,
    beats: int | str,
    turns: int | str,
) -> CycleRule:
    """The rule of a core, or of all cores of a kind, where numbers are names.

    A sum takes its tiles, one a cycle, or the beats of its results, whichever is more: the next sum
    starts when the exit takes this one. A command costs a cycle between the last tile of a product
    and the first one of the next, in which the exit may be busy.

    Args:
        tiles: a sum's tiles, those of all planes, as an expression.
        sums: the sums of a product, as an expression.
        commands: whether each product has a command; a name of 1 or 0.
        ends: cycles besides those of tiles and beats: before the first tile, and after the exit has
            taken the last sum.
        beats: of a sum's results.
        turns: sums whose tiles take turns; with more than one, also as a name, ``beats`` is 1.
    """
    given = (f"tiles = {tiles}", f"sums = {sums}")
    step = commands if isinstance(commands, str) else int(commands)
    command, before = (f" + {step}", f"-{step}") if step else ("", "0")
    if turns != 1:
        return CycleRule(
            (f"time = {before}",),
            (
                *given,
                f"turns = {turns} * ceil(sums / {turns})",
                f"time = time + turns * tiles{command}",
            ),
            f"time - (turns - sums) + {ends}",
        )
    if beats == 1:
        return CycleRule(
            (f"time = {before}",),
            (*given, f"time = time + sums * tiles{command}"),
            f"time + {ends}",
        )
    # done: the cycle in which the core has the last sum so far; taken: in which the exit takes it
    return CycleRule(
        (f"done = {before}", f"taken = -{beats}"),
        (
            *given,
            f"done = max(taken, done{command}) + tiles",
            f"taken = max(done, taken + {beats}) + (sums - 1) * max(tiles, {beats})",
            f"done = max(done, taken - max(0, {beats} - tiles))",
        ),
        f"taken + {ends}",
    )
