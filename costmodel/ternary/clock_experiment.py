"""Which designs of the experiment are measured at clocks as well.

Each of them is mapped by every recipe and sized for several clocks, so they are small ones, of
every kind, that are soon mapped. Half of them are held out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from costmodel.ternary.defaults import DEFAULTS
from costmodel.ternary.experiment import plan
from costmodel.ternary.kinds import kind_of_design
from hw.formats import Integer
from hw.ternary import TernaryConfiguration, TernaryMultiplier

__all__ = ["clock_plan"]

_AMONG = 800  # the first designs of the experiment
_SETS = ("fit", "test")
#: Kinds in the order in which they are measured, over and over.
_TURNS = ("integer", "exact", "integer", "aligned", "integer", "packed", "integer", "scaled")
_TURNS += ("integer", "float")
_ROUNDS = 8
#: Of the designs of a kind and set, by how long they take: which ones, one after the other.
_PLACES = (0.02, 0.14, 0.06, 0.22, 0.1, 0.3, 0.0, 0.18, 0.26, 0.04, 0.08, 0.12, 0.16, 0.2, 0.4, 0.6)
_BITS = {"exact": 30}  # of an operand, about


def clock_plan() -> Iterator[tuple[TernaryConfiguration, str]]:
    """The designs in the order in which they are measured, and their sets."""
    drawn: dict[tuple[str, str], list[TernaryConfiguration]] = {}
    for configuration, which in islice(plan(), _AMONG):
        if which in _SETS:
            drawn.setdefault((which, _kind(configuration)), []).append(configuration)
    queues = {key: _chosen(designs) for key, designs in drawn.items()}
    for _ in range(_ROUNDS):
        for kind in _TURNS:
            for which in _SETS:
                if (configuration := next(queues[which, kind], None)) is not None:
                    yield configuration, which


def _kind(configuration: TernaryConfiguration) -> str:
    stated = configuration.parameters()
    names = ("packing", "scale", "result")
    return kind_of_design(
        configuration.style, *(stated.get(name, DEFAULTS[name]) for name in names)
    )


def _chosen(designs: Sequence[TernaryConfiguration]) -> Iterator[TernaryConfiguration]:
    ordered = sorted(designs, key=lambda unit: (_work(unit), str(unit)))
    chosen = [ordered[int(place * (len(ordered) - 1))] for place in _PLACES]
    return iter(dict.fromkeys(chosen))


def _work(unit: TernaryConfiguration) -> float:
    """How long a design takes, roughly: bits of its terms and of its tables' entries."""
    bits = unit.activation.bits if isinstance(unit.activation, Integer) else 12
    bits = unit.aligned_bits or _BITS.get(str(unit.style), bits)
    twice = 8 if isinstance(unit, TernaryMultiplier) else 1
    return twice * bits * unit.luts * (unit.columns + 3**unit.group / 2)
