"""The families, and the only place that names them.

A family is a folder of the same name in each package, its rooms. What the house asks of a family
stands in these rooms under one name each:

* ``hw.<family>.UNITS``: its units, types that meet `hw.unit.Unit`
* ``sim.<family>.bench.BENCH``: data, golden words and results of its units (`sim.family.Bench`)
* ``costmodel.<family>.basis.BASIS``: what its costs are made of (`costmodel.family.Basis`)
* ``macsmith.<family>.words.WORDS``: how the command line speaks of it (`macsmith.family.Words`)

A package asks for its own room only, when it needs it: so `hw` loads no simulator.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType

from hw.errors import RequestError
from hw.unit import Unit

__all__ = ["FAMILIES", "Family", "find_unit", "joined", "room_of", "units"]


@dataclass(frozen=True)
class Family:
    """A family's name, and where its rooms are.

    Attributes:
        name: of its folder in each package.
        home: a package that holds its rooms instead, named like the packages; for families that
            live outside of this house.
    """

    name: str
    home: str = ""

    def room(self, package: str, module: str = "") -> ModuleType:
        """Its room in ``hw``, ``sim``, ``costmodel`` or ``macsmith``, or a module there."""
        room = f"{self.home}.{package}" if self.home else f"{package}.{self.name}"
        return import_module(f"{room}.{module}" if module else room)


#: Every family by its name.
FAMILIES: dict[str, Family] = {
    family.name: family
    for family in (Family("ternary"), Family("simd"), Family("fma"), Family("engine"))
}


def units() -> dict[str, type[Unit]]:
    """Every unit by its name, in the order of the families."""
    return {unit.unit: unit for family in FAMILIES.values() for unit in family.room("hw").UNITS}


def find_unit(name: object) -> type[Unit]:
    """The unit of a name.

    Raises:
        RequestError: there is none.
    """
    known = units()
    if not isinstance(name, str) or name not in known:
        raise RequestError(f"unit = {name!r} is not one of {', '.join(known)}")
    return known[name]


def room_of(package: str, module: str, unit: Unit | type[Unit]) -> ModuleType:
    """A module in the room of a unit's family in a package."""
    return FAMILIES[unit.family].room(package, module)


@contextmanager
def joined(family: Family) -> Iterator[None]:
    """A family that lives elsewhere, among the others for a while."""
    FAMILIES[family.name] = family
    try:
        yield
    finally:
        del FAMILIES[family.name]
