"""What the command line asks of a family: its words.

They stand in ``macsmith.<family>.words`` as ``WORDS``. Commands, manifest, plots and report know no
family's name.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Protocol

import numpy as np

from costmodel.plots.vocabulary import spoken, symbol
from hw.families import FAMILIES, find_unit, room_of
from hw.unit import Unit, parameter_defaults

__all__ = ["Words", "all_words", "counted", "further_words", "words_of", "words_of_unit"]


class Words(Protocol):
    """How a family is spoken of.

    Attributes:
        bases: for each unit the committed design that others are said relative to: the smallest.
        published: what is published, and the committed design that has its parameters.
        axes: the parameters that designs are told apart by first, in pictures and lists.
        unsaid: values of parameters that say no more than their defaults do.
        grid: the two parameters that heat maps are drawn over, across and upwards.
    """

    bases: Mapping[str, str]
    published: Mapping[str, str]
    axes: tuple[str, ...]
    unsaid: Mapping[str, Any]
    grid: tuple[str, str]

    def summary(self, unit: Unit) -> list[str]:
        """A configuration in a line or two, for a person."""
        ...

    def label(self, point: Mapping[str, Any], varied: Collection[str] = ()) -> str:
        """A design of a space in a few words, told apart from its neighbours.

        Args:
            point: its parameters, with ``unit``; absent ones have their defaults.
            varied: parameters in which it differs from others: all of these are told.
        """
        ...

    def findings(self, answer: Mapping[str, Any]) -> list[str]:
        """Lines on what `sim.family.Bench.findings` told of a simulation.

        Args:
            answer: what ``simulate --json`` prints.
        """
        ...


def words_of(unit: Unit | type[Unit]) -> Words:
    """The words of a unit's family."""
    return room_of("macsmith", "words", unit).WORDS


def words_of_unit(name: object) -> Words:
    """The words of the family of the unit of a name.

    Raises:
        RequestError: there is no such unit.
    """
    return words_of(find_unit(name))


def all_words() -> list[Words]:
    """The words of every family."""
    return [family.room("macsmith", "words").WORDS for family in FAMILIES.values()]


def counted(number: int, noun: str) -> str:
    """A number of things: ``1 stage``, ``2 stages``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def further_words(point: Mapping[str, Any], names: Collection[str]) -> list[str]:
    """Parameters of a design of a space that differ from their defaults, a few words each.

    Args:
        point: its parameters, with ``unit``.
        names: the parameters that are told; truth values by their symbol alone.
    """
    defaults = parameter_defaults(find_unit(str(point["unit"])))
    words = []
    for name in sorted(names):
        value = point.get(name, defaults.get(name))
        if value == defaults.get(name):
            continue
        if isinstance(value, bool | np.bool_):
            words += [symbol(name)] if value else []
        elif value not in ("", None, 0):
            words.append(f"{symbol(name)} {spoken(value)}")
    return words
