"""Draw the documentation's figures: `python -m studies.make` writes them into docs/figures.

The tables of docs/costs.md, formats.md, paper_findings.md, styles.md, accuracy.md and of the units'
pages are made too, from what `make measure` has measured.

A figure is an SVG, or a PNG where it shows images. The timing diagram is read from the waves of a
simulation; the digits are those that the simulated Verilog classified.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Rectangle

from costmodel.plots.style import COLOURS
from costmodel.plots.style import save as write_figure
from hw.formats import Integer
from hw.ternary import TernaryLut, Workload
from macsmith.design import load_design
from sim.simulate import random_work, simulate, simulate_dataset
from sim.ternary.network import load_network
from studies import (
    accuracy,
    costs,
    engine_costs,
    fma_tables,
    formats,
    int_or_float_page,
    model_tables,
    outside,
    paper_findings,
    simd_costs,
    styles,
    unit_tables,
)
from studies.accuracy import accuracy_parity
from studies.costs import breakdown, sweep_figure
from studies.fma_shifts import fma_shifts
from studies.fma_tables import fma_errors
from studies.int_or_float_page import int_or_float
from studies.model_tables import model_errors
from studies.paper_findings import paper_density, paper_published, paper_shape
from studies.simd_pictures import simd_density

_FOLDER = Path(__file__).parents[1] / "docs" / "figures"

_BLUE, _ORANGE, _GREEN, _RED, _, _SKY, *_ = COLOURS
_GREY = "#555555"
_DASHED = (0, (3, 2))

Point = tuple[float, float]
Place = tuple[float, float, float]


def main() -> None:
    """Draw all figures and make all tables."""
    _FOLDER.mkdir(exist_ok=True)
    for draw in (datapath, timing, digits, sweep_figure, breakdown):
        save(draw)
    for draw in (paper_density, paper_shape, paper_published, accuracy_parity):
        save(draw)
    for draw in (fma_errors, fma_shifts, simd_density, int_or_float, model_errors):
        save(draw)
    for page in (
        accuracy,
        costs,
        engine_costs,
        fma_tables,
        formats,
        int_or_float_page,
        model_tables,
        outside,
        paper_findings,
        simd_costs,
        styles,
        unit_tables,
    ):
        print(f"wrote the tables of {page.write_tables()}")


def save(draw: Callable[[], Figure]) -> None:
    """Draw a figure and write it: as SVG, or as PNG if it shows images."""
    mpl.rcParams.update({"font.size": 15, "svg.hashsalt": "macsmith", "savefig.dpi": 200})
    figure = draw()
    ending = "png" if any(axes.images for axes in figure.axes) else "svg"
    path = _FOLDER / f"{draw.__name__.removesuffix('_figure')}.{ending}"
    write_figure(figure, path)
    print(f"wrote {path}")


def canvas(width: float, height: float) -> tuple[Figure, Axes]:
    """An empty drawing of so many inches, measured in inches."""
    figure = Figure(figsize=(width, height), facecolor="white")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, width), ylim=(0, height))
    axes.axis("off")
    return figure, axes


def box(
    axes: Axes, centre: Point, size: Point, text: str, colour: str, *, optional: bool = False
) -> None:
    """A box with a text in it; dashed if the design may lack it."""
    corner = (centre[0] - size[0] / 2, centre[1] - size[1] / 2)
    patch = FancyBboxPatch(
        corner,
        *size,
        boxstyle="round,pad=0,rounding_size=0.06",
        facecolor="white" if optional else to_rgba(colour, 0.16),
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
    """The LUT core: a row of lanes reads one table, a column of lanes feeds one sum."""
    figure, axes = canvas(13.8, 9.9)
    rows = {"0": 7.65, "1": 6.05, "L-1": 4.05}
    columns = {"0": 6.4, "1": 9.15, "K-1": 12.5}

    box(axes, (0.95, 9.25), (1.5, 0.8), "command\nstream", _ORANGE, optional=True)
    box(axes, (3.1, 9.25), (1.7, 0.8), "sequencer", _ORANGE, optional=True)
    box(axes, (9.4, 9.25), (8.4, 0.8), "weights stream: L·K keys of a tile", _ORANGE)
    box(axes, (0.95, 5.85), (1.5, 4.7), "activations\nstream:\nL·µ codes\nof a tile", _BLUE)
    box(axes, (0.95, 1.25), (1.5, 1.2), "initial\nstream:\nK values", _GREEN)
    box(axes, (9.6, 0.45), (8.0, 0.6), "results stream: K sums", _GREEN)
    wire(axes, (1.7, 9.25), (2.25, 9.25), colour=_ORANGE)
    wire(axes, (3.95, 9.25), (5.2, 9.25), colour=_ORANGE)
    wire(axes, (1.7, 1.0), (columns["K-1"] - 1.3, 1.0), colour=_GREEN, head=False)

    for row, y in rows.items():
        box(axes, (3.1, y), (1.7, 1.0), f"table {row}\nE entries", _BLUE)
        box(axes, (4.4, y), (0.36, 1.56), "table_register", "black", optional=True)
        wire(axes, (1.7, y), (2.25, y), colour=_BLUE)
        wire(axes, (3.95, y), (4.22, y), colour=_BLUE, head=False)
        bus = [(4.58, y), (4.9, y), (4.9, y + 0.6), (columns["K-1"], y + 0.6)]
        wire(axes, *bus, colour=_BLUE, head=False)
        axes.text(1.95, y + 0.12, "µ", color=_BLUE, ha="center")
    for column, x in columns.items():
        wire(axes, (x - 0.98, 8.85), (x - 0.98, rows["L-1"] - 0.15), colour=_ORANGE, head=False)
        wire(axes, (x + 0.85, rows["0"] - 0.15), (x + 0.85, 3.0), colour=_GREY)
        for y in rows.values():
            wire(axes, (x, y + 0.6), (x, y + 0.36), colour=_BLUE)
            wire(axes, (x - 0.98, y - 0.15), (x - 0.65, y - 0.15), colour=_ORANGE)
            wire(axes, (x + 0.65, y - 0.15), (x + 0.85, y - 0.15), colour=_GREY, head=False)
            box(axes, (x, y), (1.3, 0.72), "lane:\nselect, ±", _SKY)
        middle = x + 0.15
        box(axes, (middle, 2.65), (1.74, 0.7), f"bit heap {column}", _GREEN)
        box(axes, (middle, 2.1), (1.74, 0.34), "reduce_register", "black", optional=True)
        box(axes, (middle, 1.5), (1.5, 0.5), "accumulator", _GREEN)
        box(axes, (x - 1.2, 2.65), (0.6, 0.5), "mux", _GREEN)
        wire(axes, (x - 0.9, 2.65), (middle - 0.87, 2.65), colour=_GREEN)
        wire(axes, (x - 1.3, 1.0), (x - 1.3, 2.4), colour=_GREEN)
        wire(axes, (middle - 0.75, 1.5), (x - 1.1, 1.5), (x - 1.1, 2.4), colour=_GREEN)
        wire(axes, (middle, 1.93), (middle, 1.75), colour=_GREEN)
        wire(axes, (middle, 1.25), (middle, 0.75), colour=_GREEN)
    for x, y, text in (
        (4.56, 9.43, "first, last"),
        (5.78, 8.55, "keys"),
        (7.65, 3.35, "terms"),
        *((10.75, y, "· · ·") for y in (*rows.values(), 2.65)),
        *((x, 5.02, "·\n·\n·") for x in (3.1, *columns.values())),
    ):
        axes.text(x, y, text, ha="center", va="center", linespacing=0.5)
    return figure


def samples(path: Path, names: Sequence[str]) -> dict[str, list[int]]:
    """One-bit signals of a VCD, cycle by cycle: what they are while the clock is low."""
    codes: dict[str, str] = {}
    levels: dict[str, int] = {}
    signals: dict[str, list[int]] = {name: [] for name in names}
    for line in path.read_text().splitlines():
        words = line.split()
        if line.lstrip().startswith("$var"):
            codes.setdefault(words[4], words[3])  # the first scope is that of the ports
        elif line.startswith(("0", "1")):
            levels[line[1:]] = int(line[0])
        elif line.startswith("#") and levels and not levels[codes["clk"]]:
            for name in names:
                signals[name].append(levels[codes[name]])
    return signals


def timing() -> Figure:
    """Two sums of three tiles through a core with both registers and a sequencer."""
    core = TernaryLut(
        luts=2,
        columns=3,
        activation=Integer.parse("int8"),
        table_register=True,
        reduce_register=True,
        sequencer=True,
        workload=Workload(inputs=12, outputs=6),
    )
    names = ("command", "activations", "weights", "initial", "results")
    colours = (_GREY, _BLUE, _ORANGE, _GREEN, _RED)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "waves.vcd")
        simulation = simulate(core, random_work(core, 1, seed=0), waves=path)
        waves = samples(path, [f"{name}_{part}" for name in names for part in ("valid", "ready")])
    assert not simulation.faults
    start = waves["command_valid"].index(1)
    cycles = simulation.cycles + 1
    figure, axes = canvas(12.8, 9.5)
    left, pitch, y = 2.7, 0.99, 8.9
    edges = left + pitch * np.arange(cycles + 1)
    axes.text(left - 0.2, y + 0.2, "cycle", ha="right", va="center")
    for cycle, edge in enumerate(edges[:-1]):
        axes.text(edge + pitch / 2, y + 0.2, str(cycle), ha="center", va="center")
    axes.vlines(edges, 0.2, y, color="#CCCCCC", linewidth=1, zorder=0)
    taken: dict[str, list[int]] = {}
    for name, colour in zip(names, colours, strict=True):
        valid, ready = (waves[f"{name}_{part}"][start:][:cycles] for part in ("valid", "ready"))
        axes.text(0.1, y - 0.72, name, weight="bold", va="center")
        for label, bits in (("valid", valid), ("ready", ready)):
            y -= 0.43
            axes.stairs(y + 0.28 * np.array(bits), edges, baseline=None, color=colour, linewidth=2)
            axes.text(left - 0.2, y + 0.14, label, ha="right", va="center")
        y -= 0.46
        axes.text(left - 0.2, y + 0.16, "payload", ha="right", va="center")
        taken[name] = transfers(axes, valid, ready, name[0], (left, pitch, y), colour)
        y -= 0.06
    end = core.tiles(core.workload.inputs) - 1  # the last tile of the first sum
    result, *_, last = taken["results"]
    for first, until, inset, text in (
        (taken["activations"][end], result, 0.5, f"latency {core.latency}"),
        (taken["weights"][end], result, 0.5, f"weight latency {core.weight_latency}"),
        (0, last, 0, f"{simulation.cycles} cycles in all"),
    ):
        y -= 0.56
        ends = (edges[first] + inset * pitch, y), (edges[until + 1] - inset * pitch, y)
        wire(axes, *ends, colour="black")
        wire(axes, *reversed(ends), colour="black")
        middle = (ends[0][0] + ends[1][0]) / 2
        axes.text(middle, y + 0.12, text, ha="center", backgroundcolor="white", zorder=1)
    return figure


def transfers(
    axes: Axes, valid: Sequence[int], ready: Sequence[int], letter: str, place: Place, colour: str
) -> list[int]:
    """Draw a stream's words, light while they wait; returns the cycles of its transfers."""
    left, pitch, y = place
    taken: list[int] = []
    begin: int | None = None
    for cycle, (offered, accepted) in enumerate(zip(valid, ready, strict=True)):
        begin = cycle if offered and begin is None else begin
        if begin is None or not accepted:
            continue
        for first, end, alpha in ((begin, cycle, 0.1), (cycle, cycle + 1, 0.45)):
            corner, length = (left + first * pitch, y), (end - first) * pitch
            axes.add_patch(Rectangle(corner, length, 0.34, color=colour, alpha=alpha, linewidth=0))
        corner, length = (left + begin * pitch, y), (cycle + 1 - begin) * pitch
        axes.add_patch(Rectangle(corner, length, 0.34, fill=False, edgecolor=colour, linewidth=1.8))
        centre = (left + (cycle + 0.5) * pitch, y + 0.16)
        axes.text(*centre, f"{letter}{len(taken)}", ha="center", va="center")
        taken.append(cycle)
        begin = None
    return taken


def digits() -> Figure:
    """Held-out images with the class that the simulated Verilog gave them."""
    design = load_design("digits")
    assert design.data is not None
    network = load_network(design.data)
    assert network.labels is not None
    simulations = simulate_dataset(design.configuration, network)
    assert not any(simulation.faults for simulation in simulations)
    given = simulations[-1].results[0].argmax(axis=1)
    wrong = np.flatnonzero(given != network.labels)
    right = np.flatnonzero(given == network.labels)
    nth = [np.sum(network.labels[right[:i]] == network.labels[k]) for i, k in enumerate(right)]
    shown_images = right[np.lexsort((network.labels[right], nth))][
        : 24 - len(wrong)
    ]  # some of each class
    shown_images = shown_images[np.argsort(network.labels[shown_images], kind="stable")]
    mismatches = sum(simulation.mismatches for simulation in simulations)

    figure = Figure(figsize=(8, 4.9), facecolor="white")
    grid = figure.subplots(3, 8)
    figure.subplots_adjust(left=0.015, right=0.985, top=0.82, bottom=0.12, wspace=0.15, hspace=0.34)
    for axes, i in zip(grid.flat, (*shown_images, *wrong), strict=True):
        failed = given[i] != network.labels[i]
        axes.imshow(network.activations[i].reshape(8, 8), cmap="gray_r", vmin=0, vmax=16)
        axes.set(xticks=[], yticks=[])
        for spine in axes.spines.values():
            spine.set(color=_RED if failed else "#BBBBBB", linewidth=3.5 if failed else 0.8)
        text = f"{network.labels[i]} → {given[i]}" if failed else f"{given[i]}"
        axes.set_xlabel(text, color=_RED if failed else "black", weight="bold" if failed else None)
    title = f"{len(right)} of {len(given)} held-out digits right: {len(right) / len(given):.2%}"
    middle = f"classified by the generated Verilog; {mismatches} mismatches with the golden model"
    below = f"framed: all {len(wrong)} errors, true class → class given"
    figure.text(0.5, 0.94, title, ha="center", va="center", size=18, weight="bold")
    figure.text(0.5, 0.87, middle, ha="center", va="center", size=14)
    figure.text(0.5, 0.025, below, ha="center", va="center", size=14)
    return figure


if __name__ == "__main__":
    main()
