"""Draw the documentation's figures: `python -m docs.make` writes them into docs/figures.

Each figure is written as SVG and as PNG. The timing diagram is read from the waves of a simulation;
the digits are those that the simulated Verilog classified.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Rectangle

from hw.ternary import TernaryConfiguration, TernaryLut, Workload
from macsmith.design import load_design
from sim.network import accuracy, load_network, simulate_network
from sim.simulate import random_products, simulate

_FOLDER = Path(__file__).parent / "figures"

# Okabe and Ito's colours, told apart by all kinds of colour vision.
_ORANGE, _SKY, _GREEN, _BLUE, _RED = "#E69F00", "#56B4E9", "#009E73", "#0072B2", "#D55E00"
_GREY = "#555555"
_DASHED = (0, (3, 2))

Point = tuple[float, float]


def main() -> None:
    """Draw all figures."""
    mpl.rcParams.update({"font.size": 13, "svg.hashsalt": "macsmith", "savefig.dpi": 200})
    _FOLDER.mkdir(exist_ok=True)
    for draw in (datapath, timing, digits):
        figure = draw()
        for ending, omitted in (("svg", ("Date", "Creator")), ("png", ("Software",))):
            path = _FOLDER / f"{draw.__name__}.{ending}"
            figure.savefig(path, metadata=dict.fromkeys(omitted))
            print(f"wrote {path.relative_to(Path.cwd(), walk_up=True)}" if False else f"wrote {path}")


def canvas(width: float, height: float) -> tuple[Figure, Axes]:
    """An empty drawing of so many inches, measured in inches."""
    figure = Figure(figsize=(width, height), facecolor="white")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(0, height))
    axes.axis("off")
    return figure, axes


# The block diagram -------------------------------------------------------------------------------


def box(
    axes: Axes, centre: Point, size: Point, text: str, colour: str, *, optional: bool = False
) -> None:
    """A box with a text in it; dashed if the design may lack it."""
    corner = (centre[0] - size[0] / 2, centre[1] - size[1] / 2)
    patch = FancyBboxPatch(
        corner,
        *size,
        boxstyle="round,pad=0,rounding_size=0.06",
        facecolor="white" if optional else mpl.colors.to_rgba(colour, 0.16),
        edgecolor=colour,
        linestyle=_DASHED if optional else "-",
        linewidth=1.8,
        zorder=3,
    )
    axes.add_patch(patch)
    turned = 90 if size[1] > 3 * size[0] and "\n" not in text else 0
    axes.text(*centre, text, ha="center", va="center", rotation=turned, linespacing=1.3, zorder=4)


def wire(axes: Axes, *points: Point, colour: str, head: bool = True) -> None:
    """A line through points, with an arrow head at its end."""
    axes.plot(*zip(*points, strict=True), color=colour, linewidth=1.8, zorder=2)
    if head:
        style = {"arrowstyle": "-|>", "color": colour, "linewidth": 1.8, "shrinkA": 0, "shrinkB": 0}
        axes.annotate("", points[-1], points[-2], arrowprops=style, zorder=2)


def datapath() -> Figure:
    """The LUT core: each row of lanes reads one table, each column of lanes feeds one sum."""
    figure, axes = canvas(12.8, 9.9)
    rows = {"0": 7.6, "1": 6.1, "L-1": 4.1}
    columns = {"0": 6.3, "1": 8.6, "K-1": 11.5}

    box(axes, (0.95, 9.25), (1.5, 0.8), "command\nstream", _ORANGE, optional=True)
    box(axes, (3.2, 9.25), (1.6, 0.8), "sequencer", _ORANGE, optional=True)
    box(axes, (8.75, 9.25), (7.7, 0.8), "weights stream: L·K keys of a tile, first, last", _ORANGE)
    wire(axes, (1.7, 9.25), (2.4, 9.25), colour=_ORANGE)
    wire(axes, (4.0, 9.25), (4.9, 9.25), colour=_ORANGE)
    box(axes, (0.95, 5.85), (1.5, 4.7), "activations\nstream:\nL·µ codes\nof a tile", _BLUE)
    box(axes, (0.95, 1.25), (1.5, 1.2), "initial\nstream:\nK values", _GREEN)
    box(axes, (8.9, 0.45), (7.4, 0.6), "results stream: K sums", _GREEN)
    wire(axes, (1.7, 1.0), (10.25, 1.0), colour=_GREEN, head=False)

    for row, y in rows.items():
        box(axes, (3.1, y), (1.7, 1.0), f"table {row}\nE entries", _BLUE)
        box(axes, (4.4, y), (0.36, 1.36), "table_register", "black", optional=True)
        wire(axes, (1.7, y), (2.25, y), colour=_BLUE)
        wire(axes, (3.95, y), (4.22, y), colour=_BLUE, head=False)
        bus = [(4.58, y), (4.9, y), (4.9, y + 0.6), (columns["K-1"], y + 0.6)]
        wire(axes, *bus, colour=_BLUE, head=False)
        axes.text(1.95, y + 0.12, "µ", color=_BLUE, ha="center")
    for column, x in columns.items():
        wire(axes, (x - 0.98, 8.85), (x - 0.98, 3.95), colour=_ORANGE, head=False)
        wire(axes, (x + 0.92, rows["0"] - 0.15), (x + 0.92, 3.0), colour=_GREY)
        for row, y in rows.items():
            wire(axes, (x, y + 0.6), (x, y + 0.36), colour=_BLUE)
            wire(axes, (x - 0.98, y - 0.15), (x - 0.68, y - 0.15), colour=_ORANGE)
            wire(axes, (x + 0.68, y - 0.15), (x + 0.92, y - 0.15), colour=_GREY, head=False)
            box(axes, (x, y), (1.36, 0.72), f"lane {row}, {column}\nselect, ±", _SKY)
        middle = x + 0.2
        box(axes, (middle, 2.65), (1.75, 0.7), f"bit heap {column}", _GREEN)
        box(axes, (middle, 2.1), (1.75, 0.34), "reduce_register", "black", optional=True)
        box(axes, (middle, 1.5), (1.5, 0.5), "accumulator", _GREEN)
        box(axes, (x - 1.15, 2.65), (0.6, 0.5), "first", _GREEN)
        wire(axes, (x - 0.85, 2.65), (middle - 0.88, 2.65), colour=_GREEN)
        wire(axes, (x - 1.25, 1.0), (x - 1.25, 2.4), colour=_GREEN)
        wire(axes, (middle - 0.75, 1.5), (x - 1.05, 1.5), (x - 1.05, 2.4), colour=_GREEN)
        wire(axes, (middle, 1.93), (middle, 1.75), colour=_GREEN)
        wire(axes, (middle, 1.25), (middle, 0.75), colour=_GREEN)
    axes.text(5.4, 8.5, "keys", color="#9A6A00")
    axes.text(7.3, 3.3, "terms", color=_GREY)
    for x, y, dots in ((9.95, 6.85, "· · ·"), (9.95, 2.65, "· · ·"), (3.1, 5.1, "·\n·\n·")):
        axes.text(x, y, dots, ha="center", va="center", weight="bold", linespacing=0.6)
    return figure


# The timing diagram ------------------------------------------------------------------------------


def samples(path: Path, names: Sequence[str]) -> dict[str, list[int]]:
    """One-bit signals of a VCD, cycle by cycle: what they are while the clock is low."""
    codes: dict[str, str] = {}
    now: dict[str, int] = {}
    found: dict[str, list[int]] = {name: [] for name in names}
    for line in path.read_text().splitlines():
        words = line.split()
        if line.lstrip().startswith("$var"):
            codes.setdefault(words[4], words[3])  # the first scope is that of the ports
        elif line.startswith(("0", "1")):
            now[line[1:]] = int(line[0])
        elif line.startswith("#") and now and not now[codes["clk"]]:
            for name in names:
                found[name].append(now[codes[name]])
    return found


def timing() -> Figure:
    """Two sums of three tiles through a core with both registers and a sequencer."""
    core = TernaryLut(
        luts=2,
        columns=3,
        activation="int8",
        table_register=True,
        reduce_register=True,
        sequencer=True,
        workload=Workload(inputs=12, outputs=6),
    )
    streams = ("command", "activations", "weights", "initial", "results")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "waves.vcd")
        found = simulate(core, random_products(core, 1, seed=0), waves=path)
        waves = samples(path, [f"{name}__{part}" for name in streams for part in ("valid", "ready")])
    if found.faults:
        raise RuntimeError(found.faults[0])
    start = waves["command__valid"].index(1)
    shown = range(start, start + found.cycles + 2)
    figure, axes = canvas(12.8, 9.6)
    taken: dict[str, list[int]] = {}
    left, width, top = 2.9, 0.87, 8.7
    return figure


# The digits --------------------------------------------------------------------------------------


def digits() -> Figure:
    """Held-out images with the class that the simulated Verilog gave them."""
    design = load_design("digits")
    network = load_network(design.data)
    found = simulate_network(design.configuration, network)
    given = found[-1].results[0].argmax(axis=1)
    wrong = np.flatnonzero(given != network.labels)
    right = np.flatnonzero(given == network.labels)
    few = right[:: len(right) // (24 - len(wrong))][: 24 - len(wrong)]
    share, checked = accuracy(found[-1].results[0], network.labels), sum(f.checked for f in found)
    mismatches = sum(f.mismatches for f in found)

    figure = Figure(figsize=(8, 4.6), facecolor="white")
    grid = figure.subplots(3, 8)
    figure.subplots_adjust(left=0.015, right=0.985, top=0.8, bottom=0.07, wspace=0.15, hspace=0.34)
    for axes, i in zip(grid.flat, sorted([*wrong, *few]), strict=True):
        failed = given[i] != network.labels[i]
        axes.imshow(network.activations[i].reshape(8, 8), cmap="gray_r", vmin=0, vmax=16)
        axes.set(xticks=[], yticks=[])
        for spine in axes.spines.values():
            spine.set(color=_RED if failed else "#BBBBBB", linewidth=3.5 if failed else 0.8)
        text = f"{network.labels[i]} → {given[i]}" if failed else f"{given[i]}"
        axes.set_xlabel(text, color=_RED if failed else "black", weight="bold" if failed else None)
    figure.text(
        0.5, 0.93,
        f"{np.sum(given == network.labels)} of {len(given)} unseen digits right: {share:.2%}",
        ha="center", va="center", size=17, weight="bold",
    )
    figure.text(
        0.5, 0.85,
        f"classified by the generated Verilog, {mismatches} mismatches with the golden model in {checked:,} words",
        ha="center", va="center", size=12,
    )
    return figure


if __name__ == "__main__":
    main()
