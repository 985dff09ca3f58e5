"""The picture of the house: `python -m studies.house` writes docs/figures/house.svg.

Rooms are the folders of the four packages (what lies flat in a package is its entrance). Lines are
the imports between them, read from the sources by grimp, which `import-linter` checks them with.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import grimp
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from costmodel.plots.style import COLOURS, PAGE, print_style
from costmodel.plots.style import save as write_figure
from hw.families import FAMILIES

__all__ = ["FIGURE", "draw", "house", "rooms"]

_PACKAGES = ("macsmith", "costmodel", "sim", "hw")
FIGURE = Path(__file__).parents[1] / "docs" / "figures" / "house.svg"
_HEIGHT, _GAP = 0.5, 1.0  # of a room, and from one package to the next
_SLANT = 0.2  # how far a package's rooms go up and down, so that lines between them are seen


def rooms() -> tuple[Counter[str], Counter[tuple[str, str]]]:
    """The modules of each room, and the imports from one room to another.

    A room is called ``package.folder``, and ``package`` where modules lie in no folder.
    """
    graph = grimp.build_graph(*_PACKAGES)
    sizes = Counter(_room(module, graph.modules) for module in graph.modules)
    imports: Counter[tuple[str, str]] = Counter()
    for module in graph.modules:
        for imported in graph.find_modules_directly_imported_by(module):
            ends = _room(module, graph.modules), _room(imported, graph.modules)
            if ends[0] != ends[1]:
                imports[ends] += 1
    return sizes, imports


def _room(module: str, modules: set[str]) -> str:
    package, *inner = module.split(".")
    folder = f"{package}.{inner[0]}" if inner else package
    is_folder = any(other.startswith(f"{folder}.") for other in modules)
    return folder if inner and is_folder else package


def house() -> Figure:
    """Draw it: a row a package, the families at its right end."""
    sizes, imports = rooms()
    places = {}
    for level, package in enumerate(_PACKAGES):
        mine = [room for room in sizes if room.split(".")[0] == package]
        ordered = sorted(mine, key=lambda room: (_is_family(room), room))
        for number, room in enumerate(ordered):
            slant = _SLANT * (-1) ** number if len(ordered) > 6 else 0.0
            across = (number + 0.5) / len(ordered)
            places[room] = (0.92 if _is_family(room) else 0.88 * across, -level * _GAP + slant)
    figure = Figure(figsize=(PAGE, 0.95 * len(_PACKAGES)))
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    for (room, imported), count in sorted(imports.items()):
        (x, y), (to_x, to_y) = places[room], places[imported]
        width = 0.4 + min(count, 40) / 25
        axes.plot([x, to_x], [y, to_y], color="#999999", lw=width, alpha=0.35, zorder=1)
    for room, (x, y) in sorted(places.items()):
        package, _, folder = room.partition(".")
        colour = COLOURS[_PACKAGES.index(package)]
        text = f"{folder or package}\n{sizes[room]}"
        wide = 0.011 * max(map(len, text.split("\n"))) + 0.012
        box = FancyBboxPatch(
            (x - wide / 2, y - _HEIGHT / 4), wide, _HEIGHT / 2,
            boxstyle="round,pad=0,rounding_size=0.01", facecolor="white", edgecolor=colour,
            linewidth=2.0 if _is_family(room) or not folder else 1.0, zorder=2,
            linestyle="--" if _is_family(room) else "-",
        )  # fmt: skip
        axes.add_patch(box)
        weight = "bold" if not folder else "normal"
        axes.text(x, y, text, ha="center", va="center", size=6.5, weight=weight, zorder=3)
    axes.set_xlim(-0.04, 1.0)
    axes.set_ylim(-_GAP * (len(_PACKAGES) - 1) - 0.2, 0.2)
    axes.axis("off")
    return figure


def _is_family(room: str) -> bool:
    return room.partition(".")[2] in FAMILIES


def draw(path: Path) -> None:
    """Draw it and write the file, byte-identical from run to run."""
    with print_style():
        write_figure(house(), path)


if __name__ == "__main__":
    draw(FIGURE)
