"""Accelerators for docs/studies/bitnet-2b4t-edge.md: many of them, and the best ones.

The spaces designs/spaces/bitnet-2b4t-edge.toml (decoding, one vector) and
bitnet-2b4t-edge-prefill.toml (64), which ``macsmith explore`` answers, too, on areas of some mm2.
What is kept stands in designs/measured/studies/bitnet-2b4t-edge:

- front.csv: tokens a second against energy a token, of each budget and scenario;
- winners.csv: of each budget and scenario the most tokens a second; among designs within 1 % of
  that the least energy; among those within 2 % of that the least area. Then the smallest chip
  within 1 % of as many tokens; the winner with twice the bandwidth, with twice the area, with
  weights of 1.6 bits off the chip, and with other memories; and each prefill winner as it decodes,
  one of them at other batches;
- cloud.csv: some of all that fit the largest budget, for the picture.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from costmodel.explore.accelerators import core_columns
from costmodel.explore.space import Block
from costmodel.model.estimate import Estimates, estimate
from costmodel.model.model import load_model
from costmodel.plots.front import front_of
from costmodel.system.accelerator import SystemCost, evaluate
from costmodel.system.dataflow import Platform
from costmodel.system.dram import Dram, load_dram
from costmodel.system.gemm import Gemm
from costmodel.system.memory import load_sram
from macsmith.design import designs_folder
from macsmith.space_file import load_space, spaces_folder
from macsmith.toml_file import read_toml
from macsmith.workload import load_workload
from studies.model_tiles import write_rows

__all__ = [
    "BATCHES",
    "BUDGETS",
    "FOLDER",
    "MEMORY",
    "OTHER_MEMORIES",
    "ROOFLINE_BATCHES",
    "ROOFLINE_BUDGET",
    "SPACE",
    "SPACES",
    "Accelerator",
    "read_cloud",
    "read_data",
    "write_data",
]

SPACE = "bitnet-2b4t-edge"
#: The space of each scenario.
SPACES = {"decode": SPACE, "prefill": f"{SPACE}-prefill"}
FOLDER = designs_folder() / "measured" / "studies" / SPACE
_AROUND = {
    scenario: read_toml(spaces_folder() / f"{name}.toml", "space")["system"]
    for scenario, name in SPACES.items()
}
MEMORY: str = _AROUND["decode"]["memory"]
#: What prefill would be with these.
OTHER_MEMORIES = ("hbm2",)
#: mm2, and vectors that meet the same weights.
BUDGETS = (1.0, 2.0, 5.0)
BATCHES: dict[str, int] = {scenario: around["vectors"] for scenario, around in _AROUND.items()}
#: Of the roofline: the chip of this budget that is best at prefill, at these batches.
ROOFLINE_BUDGET = 2.0
ROOFLINE_BATCHES = (1, 4, 16, 64, 256)
_CLOSE = 0.99  # of the most tokens a second
_AS_GOOD = 1.02  # of the least energy: the cores' errors alone are as large
_MOST_FRONT = 60  # rows of a front
_CLOUD = 1500  # designs of a scenario in the picture
_FEW = ("scenario", "group", "area_mm2", "tokens_per_s", "energy_uj")


@dataclass(frozen=True)
class Accelerator:
    """An accelerator at work.

    Attributes:
        budget_mm2: the area that it had to fit.
        scenario: a key of `BATCHES`, or ``batch N``.
        case: ``front``, ``winner``, ``smallest``, ``bandwidth`` (twice), ``area`` (twice),
            ``packed`` (1.6 bits), ``decoding`` (the prefill winner, one vector), ``roofline``,
            ``cloud``, or one of `OTHER_MEMORIES`.
        cores: how many.
        group: mu.
        luts: L.
        columns: K.
        table_register: after the tables.
        reduce_register: before the accumulators.
        activation_kib: buffer of all cores.
        weight_kib: buffers of all cores together.
        area_mm2: of the chip.
        cores_mm2: of it the cores.
        tokens_per_s: throughput.
        energy_uj: of a token.
        core_uj: of it the cores, without leakage.
        off_chip_uj: of it the memory.
        least_uj: energy of a token by the lowest published energy of such a memory.
        most_uj: by the highest one.
        sram_uj: of it the buffers.
        clock_ps: the period.
        utilisation: of the weight slots.
        bound: what takes most of the time: ``compute`` or ``off_chip``.
        waiting: share of the time that cores wait for the memory.
        peak_gops: of all cores.
        attained_gops: with the memory.
        ops_per_byte: of the whole workload.
        compute_s: of one pass.
        inside: whether the core lies within what was measured.
        area_error_percent: of the cores, that the model expects of itself.
        delay_error_percent: of the cores' clock.
        energy_error_percent: of the cores' energy.
    """

    budget_mm2: float
    scenario: str
    case: str
    cores: int
    group: int
    luts: int
    columns: int
    table_register: bool
    reduce_register: bool
    activation_kib: float
    weight_kib: float
    area_mm2: float
    cores_mm2: float
    tokens_per_s: float
    energy_uj: float
    core_uj: float
    off_chip_uj: float
    least_uj: float
    most_uj: float
    sram_uj: float
    clock_ps: float
    utilisation: float
    bound: str
    waiting: float
    peak_gops: float
    attained_gops: float
    ops_per_byte: float
    compute_s: float
    inside: bool
    area_error_percent: float
    delay_error_percent: float
    energy_error_percent: float

    @property
    def tile(self) -> str:
        """Cores, activations and columns."""
        return f"{self.cores} x ({self.luts * self.group} x {self.columns})"

    @property
    def registers(self) -> str:
        """In the pipeline of a core."""
        present = {"table": self.table_register, "reduce": self.reduce_register}
        return " + ".join(name for name, there in present.items() if there) or "none"


class _Chip:
    """All accelerators in a scenario: an open mesh of cores, their number and the buffer."""

    def __init__(
        self,
        scenario: str,
        dram: Dram,
        weight_bits: float = 0.0,
        only: Accelerator | None = None,
    ) -> None:
        batch = BATCHES.get(scenario) or int(scenario.removeprefix("batch "))
        space = load_space(SPACES.get(scenario, SPACES["prefill"]))
        (block,), (technology,) = space.blocks, space.technologies
        axes: dict[str, NDArray[Any]] = dict(block.axes)
        weight_kib: NDArray[Any] | None = None
        if only:
            axes |= {name: np.array([getattr(only, name)]) for name in _AXES}
            weight_kib = np.array(only.weight_kib / only.cores)
        mesh = Block(axes).mesh((slice(None),) * len(axes))
        self.axes = {name: mesh[name] for name in _AXES}
        designs = core_columns(mesh)
        designs["inputs"] = np.array(space.workloads[0].inputs)
        self.costs: Estimates = estimate(designs, load_model(technology, "ternary"))
        model = load_workload(space.workloads[0].name)
        gemms = [Gemm(e.name, e.outputs, e.inputs, batch, e.count) for e in model.layers]
        platform = Platform(
            load_sram(technology),
            dram,
            cores=mesh["cores"],
            activation_kib=mesh["activation_kib"],
            weight_bits=weight_bits,
            weight_kib=weight_kib,
        )
        self.system: SystemCost = evaluate(designs, self.costs, gemms, platform)
        self.scenario, self.dram = scenario, dram
        self.shape = np.broadcast_shapes(*(axis.shape for axis in mesh.values()))
        fits = np.asarray(self.costs.valid & self.costs.inside)
        self.fits = self._flat(fits).astype(bool)
        self.area, self.tokens = (
            self._flat(self.system.area_mm2),
            self._flat(self.system.tokens_per_s),
        )
        self.energy = self._flat(self.system.energy_per_token_uj)

    def _flat(self, values: Any) -> NDArray[Any]:
        return np.broadcast_to(values, self.shape).reshape(-1)

    def winner(self, budget: float, case: str, area: float | None = None) -> Accelerator:
        """The most tokens a second within an area, then the least energy, then the least area."""
        within = self.fits & (self.area <= (area or budget))
        most = self.tokens[within].max()
        close = np.flatnonzero(within & (self.tokens >= _CLOSE * most))
        close = close[self.energy[close] <= _AS_GOOD * self.energy[close].min()]
        return self.at(int(close[self.area[close].argmin()]), budget, case)

    def smallest(self, winner: Accelerator) -> Accelerator:
        """The least area of as many tokens a second as a winner has."""
        close = np.flatnonzero(self.fits & (self.tokens >= _CLOSE * winner.tokens_per_s))
        return self.at(int(close[self.area[close].argmin()]), winner.budget_mm2, "smallest")

    def cloud(self) -> Iterator[Accelerator]:
        """Some of all that fit the largest budget, the same ones each time."""
        within = np.flatnonzero(self.fits & (self.area <= max(BUDGETS)))
        chosen = np.random.default_rng(0).choice(within, _CLOUD, replace=False)
        for place in np.sort(chosen):
            yield self.at(int(place), max(BUDGETS), "cloud")

    def front(self, budget: float) -> Iterator[Accelerator]:
        """What no other one within the area beats in both tokens a second and energy."""
        within = np.flatnonzero(self.fits & (self.area <= budget))
        best = front_of(self.tokens[within], self.energy[within], x_rises=True)
        chosen = np.unique(np.linspace(0, len(best) - 1, _MOST_FRONT).round().astype(int))
        for place in within[best[chosen]]:
            yield self.at(int(place), budget, "front")

    def at(self, place: int, budget: float, case: str) -> Accelerator:
        """An accelerator of the mesh."""
        f, c = self.system, self.costs
        layers = f.layers
        off_chip_bytes = sum(self._flat(layer.off_chip_bytes)[place] for layer in layers)
        macs = sum(layer.gemm.macs for layer in layers)
        waiting = sum(
            max(0.0, self._flat(e.off_chip_us)[place] - self._flat(e.compute_us)[place])
            for e in layers
        )
        chosen = {name: self._flat(axis)[place].item() for name, axis in self.axes.items()}

        off_chip = self._flat(f.energy_parts_uj["off_chip"])[place]
        less, more = (
            off_chip * (pj / self.dram.pj_per_bit - 1)
            for pj in (self.dram.low_pj_per_bit, self.dram.high_pj_per_bit)
        )

        def value(array: Any) -> float:
            return float(f"{float(self._flat(array)[place]):.5g}")

        return Accelerator(
            **chosen,
            budget_mm2=budget,
            scenario=self.scenario,
            case=case,
            weight_kib=value(f.buffer_kib["weight_buffers"]),
            area_mm2=value(f.area_mm2),
            cores_mm2=value(f.area_parts_mm2["cores"]),
            tokens_per_s=value(f.tokens_per_s),
            energy_uj=value(f.energy_per_token_uj),
            core_uj=value(f.energy_parts_uj["core"]),
            off_chip_uj=value(f.energy_parts_uj["off_chip"]),
            least_uj=value(f.energy_per_token_uj + less),
            most_uj=value(f.energy_per_token_uj + more),
            sram_uj=value(f.energy_parts_uj["sram"]),
            clock_ps=value(f.clock_ps),
            utilisation=value(f.utilisation),
            bound=str(self._flat(f.bound)[place]),
            waiting=float(f"{waiting / self._flat(f.time_us)[place]:.4f}"),
            peak_gops=value(f.peak_gops),
            attained_gops=float(f"{macs / self._flat(f.time_us)[place] * 1e-3:.5g}"),
            ops_per_byte=float(f"{macs / off_chip_bytes:.5g}"),
            compute_s=float(f"{sum(self._flat(e.compute_us)[place] for e in layers) * 1e-6:.5g}"),
            inside=bool(self._flat(c.inside)[place]),
            area_error_percent=value(c.errors["area_um2"]),
            delay_error_percent=value(c.errors["delay_ps"]),
            energy_error_percent=value(c.errors["energy_fj_per_operation"]),
        )


_AXES = (
    *("group", "luts", "columns", "table_register", "reduce_register"),
    *("cores", "activation_kib"),
)


def write_data() -> None:
    """Evaluate all accelerators, and write those that are kept."""
    dram = load_dram(MEMORY)
    twice = replace(dram, bandwidth_gb_per_s=2 * dram.bandwidth_gb_per_s)
    fronts: list[Accelerator] = []
    winners: list[Accelerator] = []
    cloud: list[dict[str, Any]] = []
    for scenario in BATCHES:
        chip, wider = _Chip(scenario, dram), _Chip(scenario, twice)
        packed = _Chip(scenario, dram, weight_bits=1.6)
        others = {kind: _Chip(scenario, load_dram(kind)) for kind in OTHER_MEMORIES}
        cloud += [
            {name: getattr(accelerator, name) for name in _FEW} for accelerator in chip.cloud()
        ]
        for budget in BUDGETS:
            fronts += chip.front(budget)
            winners.append(winner := chip.winner(budget, "winner"))
            winners.append(chip.smallest(winner))
            winners.append(wider.winner(budget, "bandwidth"))
            winners.append(chip.winner(budget, "area", area=2 * budget))
            winners.append(packed.winner(budget, "packed"))
            if scenario == "prefill":
                winners += [other.winner(budget, kind) for kind, other in others.items()]
                one = _Chip("decode", dram, only=winner)
                winners.append(one.at(0, budget, "decoding"))
            if scenario == "prefill" and budget == ROOFLINE_BUDGET:
                for batch in ROOFLINE_BATCHES:
                    one = _Chip(f"batch {batch}", dram, only=winner)
                    winners.append(one.at(0, budget, "roofline"))
    write_rows(fronts, FOLDER / "front.csv")
    write_rows(winners, FOLDER / "winners.csv")
    write_rows(cloud, FOLDER / "cloud.csv")


def read_data(folder: Path = FOLDER) -> list[Accelerator]:
    """All accelerators that are kept."""
    casts = {"int": int, "float": float, "bool": lambda text: text == "True", "str": str}
    kinds = {field.name: casts[str(field.type)] for field in fields(Accelerator)}
    accelerators = []
    for name in ("front.csv", "winners.csv"):
        with (folder / name).open(newline="", encoding="utf-8") as file:
            accelerators += [
                Accelerator(**{key: kinds[key](text) for key, text in row.items()})
                for row in csv.DictReader(file)
            ]
    return accelerators


def read_cloud(folder: Path = FOLDER) -> list[dict[str, str]]:
    """Some of all accelerators."""
    with (folder / "cloud.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
