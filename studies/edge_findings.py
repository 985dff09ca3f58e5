"""Tables, sentences and pictures of docs/studies/bitnet-2b4t-edge.md, from its committed data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from costmodel.plots.style import shown
from costmodel.system.dram import load_dram
from studies.edge_study import (
    BATCHES,
    BUDGETS,
    MEMORY,
    OTHER_MEMORIES,
    ROOFLINE_BATCHES,
    ROOFLINE_BUDGET,
    Accelerator,
)
from studies.model_findings import span
from studies.pages import table, wrapped

__all__ = ["PAGE", "Edge", "tables"]

PAGE = Path(__file__).parents[1] / "docs" / "studies" / "bitnet-2b4t-edge.md"
_CLEAR = 1.05  # times as many tokens a second, from which a resource is said to bind
_BYTE = 5  # weights whose key is a byte


class Edge:
    """The accelerators, asked for by what they are."""

    def __init__(
        self, accelerators: Sequence[Accelerator], cloud: Sequence[Mapping[str, str]] = ()
    ) -> None:
        self.all, self.cloud = tuple(accelerators), tuple(cloud)

    def one(self, scenario: str, budget: float, case: str = "winner") -> Accelerator:
        """Of a scenario, a budget and a case."""
        wanted = (scenario, budget, case)
        (accelerator,) = (e for e in self.all if (e.scenario, e.budget_mm2, e.case) == wanted)
        return accelerator

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


def tokens_error(accelerator: Accelerator) -> float:
    """Expected error of its tokens a second in percent: of the time that no core waits."""
    return accelerator.delay_error_percent * (1 - accelerator.waiting)


def energy_error(accelerator: Accelerator) -> float:
    """Of its energy a token, memories aside: of the cores' share."""
    return accelerator.energy_error_percent * accelerator.core_uj / accelerator.energy_uj


def area_error(accelerator: Accelerator) -> float:
    """Of its area: of the cores' share."""
    return accelerator.area_error_percent * accelerator.cores_mm2 / accelerator.area_mm2


def winners_table(edge: Edge, scenario: str) -> str:
    """The best accelerator of each budget."""
    heads = [
        "budget",
        "cores x (Lµ x K)",
        "µ",
        "registers",
        "activation buffer (KiB)",
        "area (mm²)",
        "tokens/s",
        "energy a token (mJ)",
    ]
    heads += ["by sources of the memory", "off chip", "cores wait", "binds"]
    rows = []
    for budget in BUDGETS:
        e = edge.one(scenario, budget)
        rows.append(
            [
                f"{budget:g} mm²",
                e.tile,
                str(e.group),
                e.registers,
                f"{e.activation_kib:g}",
                f"{shown(e.area_mm2)} (±{area_error(e):.1f} %), cores {shown(e.cores_mm2)}",
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
            of_cores = f"{packed.tile}, µ = {packed.group}, {shown(packed.cores_mm2)} mm² of cores"
            small = edge.one(scenario, budget, "smallest")
            rows.append(
                [
                    f"{scenario}, {budget:g} mm²",
                    shown(e.tokens_per_s),
                    f"x {edge.gain(scenario, budget, 'bandwidth'):.2f}",
                    f"x {edge.gain(scenario, budget, 'area'):.2f}",
                    f"x {edge.gain(scenario, budget, 'packed'):.2f}, {of_cores}",
                    f"{shown(small.area_mm2)} mm²: {small.tile}, µ = {small.group}",
                ]
            )
    return table(heads, rows)


def memories_table(edge: Edge) -> str:
    """The best chips at prefill with other memories."""
    heads = ["memory", "GB/s", *(f"{budget:g} mm²" for budget in BUDGETS)]
    rows = []
    for kind in (MEMORY, *OTHER_MEMORIES):
        cells = []
        for budget in BUDGETS:
            e = edge.one("prefill", budget, "winner" if kind == MEMORY else kind)
            cells.append(
                f"{shown(e.tokens_per_s)} (±{tokens_error(e):.1f} %), {e.energy_uj / 1e3:.3g} mJ,"
                f" {e.tile}, µ = {e.group}, waits {e.waiting:.0%}"
            )
        rows.append([kind, f"{load_dram(kind).bandwidth_gb_per_s:g}", *cells])
    return table(heads, rows)


def memories_text(edge: Edge) -> str:
    """What area is worth with each memory."""
    parts = []
    for kind in (MEMORY, *OTHER_MEMORIES):
        winners = [edge.one("prefill", b, "winner" if kind == MEMORY else kind) for b in BUDGETS]
        most, least = winners[-1].tokens_per_s, winners[0].tokens_per_s
        parts.append(
            f"with {kind} {BUDGETS[-1]:g} mm² give {most / least:.2f} times the tokens/s of"
            f" {BUDGETS[0]:g} mm²"
        )
    return wrapped(f"Prefill with another memory: {', '.join(parts)}.")


def roofline_text(edge: Edge) -> str:
    """The batch at which the best chip is fastest, and what happens beyond."""
    by_batch = {b: edge.one(f"batch {b}", ROOFLINE_BUDGET, "roofline") for b in ROOFLINE_BATCHES}
    fastest = max(by_batch, key=lambda batch: by_batch[batch].tokens_per_s)
    text = (
        f"The chip of {ROOFLINE_BUDGET:g} mm² that is best at {BATCHES['prefill']} vectors, at"
        f" other batches: it is fastest at {fastest}."
    )
    if fastest < ROOFLINE_BATCHES[-1]:
        text += (
            f" At {ROOFLINE_BATCHES[-1]} its {by_batch[fastest].activation_kib:g} KiB do not hold"
            " all vectors, and activations come again and again."
        )
    return wrapped(text)


def decode_text(edge: Edge) -> str:
    """What decoding comes to."""
    winners = [edge.one("decode", budget) for budget in BUDGETS]
    first, small = winners[0], edge.one("decode", BUDGETS[0], "smallest")
    same = len({round(e.tokens_per_s) for e in winners}) == 1
    budgets = (
        f"All three budgets reach the same {shown(first.tokens_per_s)} tokens/s"
        if same
        else "The budgets reach "
        + ", ".join(f"{shown(e.tokens_per_s)} tokens/s ({e.budget_mm2:g} mm²)" for e in winners)
    )
    text = (
        f"{budgets}: {_what_binds(edge, 'decode')}. Cores wait {first.waiting:.0%} of the time, and"
        f" {first.off_chip_uj / first.energy_uj:.0%} of the {first.energy_uj / 1e3:.3g} mJ of a"
        f" token is spent off the chip. {shown(small.area_mm2)} mm² are enough for as many:"
        f" {small.tile}, µ = {small.group}."
    )
    if first.group == _BYTE:
        packed = edge.one("decode", BUDGETS[0], "packed")
        energy = packed.core_uj / first.core_uj
        text += (
            f" The winner has µ = {first.group} because a key of five weights is a byte, 1.6 bits"
            " each, not because its circuit is small: where something unpacks five trits a byte for"
            f" any core, µ = {packed.group} has"
            f" {packed.tokens_per_s / first.tokens_per_s:.2f} times the tokens/s at {energy:.2f}"
            " times the cores' energy."
        )
    return wrapped(text)


def prefill_text(edge: Edge) -> str:
    """What prefill comes to."""
    parts: dict[str, list[float]] = {}
    for budget in BUDGETS:
        e, packed = edge.one("prefill", budget), edge.one("prefill", budget, "packed")
        text = (
            f"{shown(e.tokens_per_s)} tokens/s at {e.energy_uj / 1e3:.3g} mJ a token,"
            f" {e.tile}, µ = {e.group}; with 1.6 bits off the chip for any core"
            f" {shown(packed.tokens_per_s)}, µ = {packed.group},"
            f" {packed.cores_mm2 / e.cores_mm2:.2f} times the area of cores"
        )
        parts.setdefault(text, []).append(budget)
    listed = ". ".join(
        f"{', '.join(f'{budget:g}' for budget in budgets)} mm²: {text}"
        for text, budgets in parts.items()
    )
    small = edge.one("prefill", BUDGETS[-1], "smallest")
    return wrapped(
        f"With 64 vectors a weight is fetched once for all of them. {listed}."
        f" What binds: {_what_binds(edge, 'prefill')}. {shown(small.area_mm2)} mm² are enough for"
        f" what {BUDGETS[-1]:g} mm² reach: {small.tile}, µ = {small.group}."
    )


def both_text(edge: Edge) -> str:
    """The prefill winners as they decode."""
    pairs = [(edge.one("decode", b, "decoding"), edge.one("decode", b)) for b in BUDGETS]
    tokens = span((both.tokens_per_s / best.tokens_per_s for both, best in pairs), 3)
    energy = span((both.energy_uj / best.energy_uj for both, best in pairs), 3)
    return wrapped(
        f"One chip for both: the prefill winners decode with {tokens} times the tokens/s and"
        f" {energy} times the energy of the chips that are best at decoding."
    )


def _what_binds(edge: Edge, scenario: str) -> str:
    binding = {budget: edge.binds(scenario, budget) for budget in BUDGETS}
    if len(set(binding.values())) == 1:
        twice = span((edge.gain(scenario, budget, "bandwidth") for budget in BUDGETS), 2)
        return (
            f"{binding[BUDGETS[0]]} binds on all of them, twice of it gives {twice} times as many"
        )
    return ", ".join(f"{resource} at {budget:g} mm²" for budget, resource in binding.items())


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
        "memories": memories_text(edge) + "\n" + memories_table(edge),
        "roofline": roofline_text(edge),
        "memory": wrapped(
            f"{dram.kind}: {dram.bandwidth_gb_per_s:g} GB/s, {dram.pj_per_bit:g} pJ a bit"
            f" ({dram.low_pj_per_bit:g} to {dram.high_pj_per_bit:g} by source)."
        ),
    }
