"""Tables, sentences and pictures of docs/studies/bitnet-2b4t-edge.md, from its committed data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from costmodel.dram import load_dram
from costmodel.plots import COLOURS, Run, roofline
from costmodel.plots.style import shown
from docs.edge_study import BATCHES, BUDGETS, MEMORY, SPACE, Accelerator
from docs.model_findings import table, wrapped
from macsmith.space_file import load_space
from macsmith.workload import load_workload

__all__ = ["PAGE", "Edge", "fronts", "rooflines", "tables"]

PAGE = Path(__file__).parent / "studies" / "bitnet-2b4t-edge.md"
_CLEAR = 1.05  # times as many tokens a second, from which a resource is said to bind
_STARS = ("P", "X", "*")  # by budget


class Edge:
    """The accelerators, asked for by what they are."""

    def __init__(
        self, found: Sequence[Accelerator], cloud: Sequence[Mapping[str, str]] = ()
    ) -> None:
        self.all, self.cloud = tuple(found), tuple(cloud)

    def one(self, scenario: str, budget: float, case: str = "winner") -> Accelerator:
        """Of a scenario, a budget and a case."""
        wanted = (scenario, budget, case)
        (found,) = (e for e in self.all if (e.scenario, e.budget_mm2, e.case) == wanted)
        return found

    def front(self, scenario: str, budget: float) -> list[Accelerator]:
        """What is not beaten."""
        wanted = (scenario, budget, "front")
        return [e for e in self.all if (e.scenario, e.budget_mm2, e.case) == wanted]

    def gain(self, scenario: str, budget: float, case: str) -> float:
        """Times the tokens a second."""
        return (
            self.one(scenario, budget, case).tokens_per_s / self.one(scenario, budget).tokens_per_s
        )

    def binds(self, scenario: str, budget: float) -> str:
        """What more of would help: bandwidth, area, or both."""
        words = {"bandwidth": "bandwidth", "area": "area (computing)"}
        clear = [w for case, w in words.items() if self.gain(scenario, budget, case) >= _CLEAR]
        return " and ".join(clear) or "neither: the space ends"


def tokens_error(each: Accelerator) -> float:
    """Expected error of its tokens a second in percent: while cores wait, the clock is no matter."""
    return each.delay_error_percent * (1 - each.waiting)


def energy_error(each: Accelerator) -> float:
    """Of its energy a token, memories aside: of the cores' share."""
    return each.energy_error_percent * each.core_uj / each.energy_uj


def area_error(each: Accelerator) -> float:
    """Of its area: of the cores' share."""
    return each.area_error_percent * each.cores_mm2 / each.area_mm2


def winners_table(edge: Edge, scenario: str) -> str:
    """The best accelerator of each budget."""
    heads = ["budget", "cores x (Lµ x K)", "µ", "area (mm²)", "tokens/s", "energy a token (mJ)"]
    heads += ["by sources of the memory", "off chip", "cores wait", "binds"]
    rows = []
    for budget in BUDGETS:
        e = edge.one(scenario, budget)
        rows.append(
            [
                f"{budget:g} mm²",
                e.tile,
                str(e.group),
                f"{e.area_mm2:.2f} (±{area_error(e):.1f} %), cores {e.cores_mm2:.2f}",
                f"{shown(e.tokens_per_s)} (±{tokens_error(e):.1f} %)",
                f"{e.energy_uj / 1e3:.3g} (±{energy_error(e):.1f} %)",
                f"{e.least_uj / 1e3:.3g} to {e.most_uj / 1e3:.3g}",
                f"{e.off_chip_uj / e.energy_uj:.0%}",
                f"{e.waiting:.0%}",
                edge.binds(scenario, budget),
            ]
        )
    return table(heads, rows)


def changes_table(edge: Edge) -> str:
    """What more bandwidth, more area and packed weights would give, and what is enough."""
    heads = ["", "tokens/s", "twice the bandwidth", "twice the area", "1.6 bits a weight off chip"]
    heads += ["smallest chip within 1 % of it"]
    rows = []
    for scenario in BATCHES:
        for budget in BUDGETS:
            e, packed = edge.one(scenario, budget), edge.one(scenario, budget, "packed")
            small = edge.one(scenario, budget, "smallest")
            rows.append(
                [
                    f"{scenario}, {budget:g} mm²",
                    shown(e.tokens_per_s),
                    f"x {edge.gain(scenario, budget, 'bandwidth'):.2f}",
                    f"x {edge.gain(scenario, budget, 'area'):.2f}",
                    f"x {edge.gain(scenario, budget, 'packed'):.2f}, {packed.tile},"
                    f" µ = {packed.group}, {packed.cores_mm2:.2f} mm² of cores",
                    f"{small.area_mm2:.2f} mm²: {small.tile}, µ = {small.group}",
                ]
            )
    return table(heads, rows)


def decode_text(edge: Edge) -> str:
    """What decoding comes to."""
    each = [edge.one("decode", budget) for budget in BUDGETS]
    first, small = each[0], edge.one("decode", BUDGETS[0], "smallest")
    same = len({round(e.tokens_per_s) for e in each}) == 1
    budgets = (
        f"All three budgets reach the same {shown(first.tokens_per_s)} tokens/s"
        if same
        else "The budgets reach "
        + ", ".join(f"{shown(e.tokens_per_s)} tokens/s ({e.budget_mm2:g} mm²)" for e in each)
    )
    return wrapped(
        f"{budgets}: {_what_binds(edge, 'decode')}. Cores wait {first.waiting:.0%} of the time, and"
        f" {first.off_chip_uj / first.energy_uj:.0%} of the {first.energy_uj / 1e3:.3g} mJ of a token"
        f" is spent off the chip. {small.area_mm2:.2f} mm² are enough for as many: {small.tile},"
        f" µ = {small.group}. The winner has µ = {first.group} because a key of five weights is a byte,"
        " 1.6 bits each, not because its circuit is small: where something unpacks five trits a byte"
        f" for any core, µ = {edge.one('decode', BUDGETS[0], 'packed').group} has"
        f" {edge.gain('decode', BUDGETS[0], 'packed'):.2f} times the tokens/s at"
        f" {edge.one('decode', BUDGETS[0], 'packed').core_uj / first.core_uj:.2f} times the cores'"
        " energy."
        if first.group == 5
        else f"{budgets}: {_what_binds(edge, 'decode')}. Cores wait {first.waiting:.0%} of the time,"
        f" and {first.off_chip_uj / first.energy_uj:.0%} of the {first.energy_uj / 1e3:.3g} mJ of a"
        f" token is spent off the chip. {small.area_mm2:.2f} mm² are enough for as many:"
        f" {small.tile}, µ = {small.group}."
    )


def prefill_text(edge: Edge) -> str:
    """What prefill comes to."""
    parts = []
    for budget in BUDGETS:
        e, packed = edge.one("prefill", budget), edge.one("prefill", budget, "packed")
        parts.append(
            f"{budget:g} mm²: {shown(e.tokens_per_s)} tokens/s at {e.energy_uj / 1e3:.3g} mJ a token,"
            f" {e.tile}, µ = {e.group}; packed weights give {shown(packed.tokens_per_s)} with"
            f" µ = {packed.group} and {packed.cores_mm2 / e.cores_mm2:.2f} times the area of cores"
        )
    small = edge.one("prefill", BUDGETS[-1], "smallest")
    return wrapped(
        f"With 64 vectors a weight is fetched once for all of them: {'. '.join(parts)}."
        f" What binds: {_what_binds(edge, 'prefill')}. {small.area_mm2:.2f} mm² are enough for what"
        f" {BUDGETS[-1]:g} mm² reach: {small.tile}, µ = {small.group}."
    )


def both_text(edge: Edge) -> str:
    """The prefill winners as they decode."""
    parts = [
        f"{edge.one('decode', budget, 'decoding').tokens_per_s / one.tokens_per_s:.3f} times the"
        f" tokens/s and {edge.one('decode', budget, 'decoding').energy_uj / one.energy_uj:.3f} times"
        f" the energy ({budget:g} mm²)"
        for budget in BUDGETS
        for one in (edge.one("decode", budget),)
    ]
    return wrapped(
        f"One chip for both: the prefill winners decode with {', '.join(parts)} of the chip that is"
        " best at decoding."
    )


def _what_binds(edge: Edge, scenario: str) -> str:
    found = {budget: edge.binds(scenario, budget) for budget in BUDGETS}
    if len(set(found.values())) == 1:
        twice = [edge.gain(scenario, budget, "bandwidth") for budget in BUDGETS]
        return (
            f"{found[BUDGETS[0]]} binds on all of them, and twice the bandwidth gives"
            f" {min(twice):.2f} to {max(twice):.2f} times as many"
        )
    return ", ".join(f"{what} at {budget:g} mm²" for budget, what in found.items())


def tables(edge: Edge) -> dict[str, str]:
    """All that is made of the page, by the names of its markers."""
    dram = load_dram(MEMORY)
    return {
        "decode": decode_text(edge),
        "decode-table": winners_table(edge, "decode"),
        "prefill": prefill_text(edge),
        "prefill-table": winners_table(edge, "prefill"),
        "both": both_text(edge),
        "changes": changes_table(edge),
        "memory": wrapped(
            f"{dram.kind}: {dram.bandwidth_gb_per_s:g} GB/s, {dram.pj_per_bit:g} pJ a bit"
            f" ({dram.low_pj_per_bit:g} to {dram.high_pj_per_bit:g} by source)."
        ),
    }


def fronts(edge: Edge) -> Figure:
    """Tokens a second against energy a token and against area; the winners marked."""
    figure = Figure(figsize=(13, 9.5), facecolor="white", layout="constrained")
    grid = figure.subplots(2, 2)
    for line, scenario in zip(grid, BATCHES, strict=True):
        cloud = [each for each in edge.cloud if each["scenario"] == scenario]
        for axes, name in zip(line, ("energy_uj", "area_mm2"), strict=True):
            _cloud(axes, cloud, name)
            scale = 1e3 if name == "energy_uj" else 1.0
            if name == "energy_uj":
                for budget in BUDGETS:
                    best = edge.front(scenario, budget)
                    x, y = ([e.tokens_per_s for e in best], [e.energy_uj / 1e3 for e in best])
                    axes.plot(x, y, drawstyle="steps-pre", color="black", lw=1, zorder=4)
            for budget, marker in zip(BUDGETS, _STARS, strict=True):
                e = edge.one(scenario, budget)
                axes.plot(
                    e.tokens_per_s, getattr(e, name) / scale, marker, color="black", mfc="white",
                    ms=15, mew=1.6, ls="none", zorder=6, label=f"best of {budget:g} mm²",
                )  # fmt: skip
                if name == "area_mm2":
                    axes.axhline(budget, color="#999999", lw=1, ls=(0, (3, 2)), zorder=1)
            axes.set_xlabel("tokens/s")
            axes.set_ylabel("energy a token (mJ)" if scale > 1 else "area (mm²)")
            axes.set_title(f"{scenario}, batch {BATCHES[scenario]}", size=13)
            axes.spines[["top", "right"]].set_visible(False)
            axes.grid(color="#DDDDDD", lw=0.6)
            axes.set_axisbelow(True)
    handles, labels = grid[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=8, frameon=False)
    return figure


def _cloud(axes: Axes, cloud: Sequence[Mapping[str, str]], name: str) -> None:
    scale = 1e3 if name == "energy_uj" else 1.0
    for mu, colour in zip(range(1, 6), COLOURS, strict=False):
        mine = [each for each in cloud if int(each["group"]) == mu]
        x = np.array([float(each["tokens_per_s"]) for each in mine])
        y = np.array([float(each[name]) for each in mine]) / scale
        axes.scatter(x, y, s=12, color=colour, lw=0, alpha=0.7, label=f"µ = {mu}", zorder=2 + mu / 9)
    axes.set_xscale("log")
    axes.set_yscale("log")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _: f"{value:,.10g}")
        axis.set_minor_formatter(lambda value, _: _some(value))
        axis.set_tick_params(which="both", labelsize=11)


def _some(value: float) -> str:
    """Minor ticks: at 2 and 5 of a decade."""
    first = f"{value:e}"[0]
    return f"{value:,.10g}" if first in "25" else ""


def rooflines(edge: Edge) -> Figure:
    """The prefill winners at prefill and as they decode."""
    figure = Figure(figsize=(12, 6.5), facecolor="white", layout="constrained")
    axes = figure.subplots()
    weights = load_workload(load_space(SPACE).workloads[0].name).weights
    runs = []
    for scenario, case in (("prefill", "winner"), ("decode", "decoding")):
        for budget in BUDGETS:
            e = edge.one(scenario, budget, case)
            operations = float(weights * BATCHES[scenario])
            label = f"{budget:g} mm², {scenario}"
            traffic = operations / e.ops_per_byte
            runs.append(Run(label, e.peak_gops, operations, traffic, e.compute_s))
    roofline(axes, runs, load_dram(MEMORY).bandwidth_gb_per_s)
    axes.spines[["top", "right"]].set_visible(False)
    for text in axes.texts:
        text.set_size(11)
    legend = axes.get_legend()
    assert legend
    for text in legend.get_texts():
        text.set_size(11)
    return figure
