"""The house: rooms that name no family, and the picture of its imports."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hw.families import FAMILIES
from studies import house

_ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("package", ["sim", "costmodel", "macsmith", "benchmarks"])
def test_rooms_of_all_name_no_family(package: str) -> None:
    """What is a family's own stands in its folder; technologies and models are data."""
    named = []
    for path in sorted((_ROOT / package).rglob("*")):
        folders = path.relative_to(_ROOT).parts[:-1]
        if path.suffix not in {".py", ".js", ".j2", ".css"} or set(folders) & FAMILIES.keys():
            continue
        text = path.read_text(encoding="utf-8").lower()
        named += [
            f"{path.relative_to(_ROOT)} names {name}"
            for name in FAMILIES
            if re.search(rf"(?<![a-z]){name}(?![a-z])", text)
        ]
    assert named == []


def test_no_room_is_imported_from_below() -> None:
    order = ["hw", "sim", "costmodel", "macsmith"]
    _, imports = house.rooms()
    assert imports
    for room, imported in imports:
        levels = [order.index(name.split(".")[0]) for name in (room, imported)]
        assert levels[0] >= levels[1], f"{room} imports {imported}"


def test_the_picture_is_of_today() -> None:
    """Else run `python -m studies.house`."""
    sizes, _ = house.rooms()
    drawn = re.findall(r"<!-- (.+?) -->", house.FIGURE.read_text())  # its texts, line by line
    wanted = [(room.split(".")[-1], str(size)) for room, size in sizes.items()]
    assert sorted(drawn) == sorted(text for pair in wanted for text in pair)
