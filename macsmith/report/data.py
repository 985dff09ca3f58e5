"""What the report's script works on: designs chosen, packed, and with what can be asked of them."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from typing import Any

import numpy as np

from costmodel import plots
from costmodel.explore.goals import ERRORS
from costmodel.explore.results import Columns, Results
from hw.families import units
from macsmith.design import design_path
from macsmith.explored_design import settings_of
from macsmith.family import all_words
from macsmith.labels import constants_of, design_label, varied_in
from macsmith.toml_file import read_toml

__all__ = ["COMMANDS", "page_data"]

_MOST_FRONT, _MOST_OTHERS = 4000, 5000
_SEED = 0
_FEWEST_FIGURES = 4  # columns of the table
_FEW = 12  # values of a parameter, to filter by boxes
#: What can be done with a chosen design, and the command: the script fills in the design with its
#: settings, and `` --technology NAME``.
COMMANDS = (
    ("Generate the Verilog", "macsmith generate {design} -o build"),
    ("Simulate it against the golden model", "macsmith simulate {design}"),
    ("Synthesize it, energy included", "macsmith synthesize {design}{technology} --activity"),
)
#: The same of a space with workloads: `` --workload NAME`` is filled in, too, and what is around.
WORKLOAD_COMMANDS = (
    ("Cycles and traffic of the workload", "macsmith schedule {design}{workload}"),
    ("As an accelerator with its memory", "macsmith system {design}{technology}{workload}{around}"),
)
#: What is around a core, and the option that says so.
_OPTIONS = (
    *(("cores", "--cores"), ("memory", "--memory"), ("bandwidth_gb_per_s", "--bandwidth")),
    *(("vectors", "--batch"), ("weight_bits", "--weight-bits"), ("weight_kib", "--weight-buffer")),
    ("activation_kib", "--activation-buffer"),
)
# Columns that are not shown as they are: internal, or shown in another way.
_HIDDEN = ("feasible",)
#: Columns of numbers that tell of a figure, and are none.
_REMARKS = frozenset((*ERRORS.values(), "room_percent"))


def page_data(results: Results, needed: Iterable[int]) -> dict[str, Any]:
    """What the page's script works on.

    Args:
        results: the exploration.
        needed: places in the front that must be there.
    """
    published = results.published
    front, random = results.front, np.random.default_rng(_SEED)
    size = len(front["unit"])
    chosen = np.arange(size)
    if size > _MOST_FRONT:
        drawn = random.choice(size, _MOST_FRONT - len(set(needed)), replace=False)
        chosen = np.unique([*drawn, *needed])
    others = results.sample(_MOST_OTHERS, _SEED)
    if "feasible" in others:
        others = {name: values[others["feasible"]] for name, values in others.items()}
    bases = {
        unit: {"design": design}
        | {
            key: table.get(key, {})
            for table in (read_toml(design_path(design), "design"),)
            for key in ("parameters", "workload")
        }
        for words in all_words()
        for unit, design in words.bases.items()
    }
    varied = varied_in(front)
    kept = {name: values[chosen] for name, values in front.items()}
    return {
        "front": _packed(kept, varied),
        "places": chosen.tolist(),
        "others": _packed(others, varied),
        "published": _packed(published, varied) | {"label": published["label"].tolist()}
        if len(published.get("label", ()))
        else None,
        "parameters": results.parameters,
        "constants": constants_of(front),
        "objectives": results.objectives,
        "labels": {name: plots.label(name) for name in front},
        "rises": [name for name in front if results.rises(name)],
        "errors": {
            name: column for name in front if (column := results.error_column(name)) is not None
        },
        "filters": _filters(results),
        "ranges": [
            *results.objectives,
            *(["delay_ps"] if "delay_ps" in front else []),
            *_many(results),
        ],
        "figures": _figures(results),
        "columns": max(_FEWEST_FIGURES, len(results.objectives)),
        "parts": {part: colour for part, (colour, _) in plots.part_styles().items()},
        "colours": list(plots.COLOURS),
        "bases": bases,
        "spoken": {name: plots.spoken(name) for name in units()},
        "commands": (*COMMANDS, *(WORKLOAD_COMMANDS if results.workloads else ())),
        "options": [pair for pair in _OPTIONS if pair[0] in front],
        "workloads": {name: shlex.quote(text) for name, text in results.workloads.items()},
    }


def _packed(columns: Columns, varied: frozenset[str]) -> dict[str, Any]:
    """Columns as lists, texts by number, and of each design its name and settings."""
    packed: dict[str, Any] = {"columns": {}, "texts": {}}
    for name, values in columns.items():
        if name in _HIDDEN:
            continue
        if values.dtype.kind == "U":
            texts, indices = np.unique(values, return_inverse=True)
            packed["texts"][name] = texts.tolist()
            packed["columns"][name] = indices.tolist()
        elif values.dtype.kind == "f":
            packed["columns"][name] = [
                float(f"{value:.5g}") if np.isfinite(value) else None for value in values.tolist()
            ]
        else:
            packed["columns"][name] = values.tolist()
    rows = range(len(columns["unit"]))
    points = [{name: values[row] for name, values in columns.items()} for row in rows]
    packed["settings"] = [" ".join(settings_of(point)) for point in points]
    packed["names"] = [design_label(columns, row, varied) for row in rows]
    return packed


def _filters(results: Results) -> dict[str, list[Any]]:
    """Parameters to filter by, with their values."""
    filters = {}
    for name in (*results.parameters, "best_of_all"):
        values = np.unique(results.front.get(name, np.array([]))).tolist()
        if 1 < len(values) <= _FEW:
            filters[name] = values
    return filters


def _many(results: Results) -> list[str]:
    """Parameters of too many values for boxes."""
    return [
        name
        for name in results.parameters
        if results.front[name].dtype.kind in "iuf" and len(np.unique(results.front[name])) > _FEW
    ]


def _figures(results: Results) -> list[str]:
    """What an axis can show: the figures of the front, objectives first, parts left out."""
    usual = [
        *results.objectives,
        *("area_um2", "energy_fj_per_operation", "throughput_gops", "delay_ps", "leakage_uw"),
        "operations_per_cycle",
    ]
    parts = {
        f"{whole}_{part}" for whole in ("area_um2", "energy_fj") for part in plots.part_styles()
    }
    usual += [
        name
        for name, values in results.front.items()
        if values.dtype.kind == "f" and name not in parts and name not in _REMARKS
    ]
    return [name for name in dict.fromkeys(usual) if name in results.front]
