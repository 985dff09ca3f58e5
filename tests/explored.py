"""A small explored design space, as a folder of results: made by a toy model, without files."""

from __future__ import annotations

import csv
import json
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

Table = dict[str, NDArray[Any]]

AXES: dict[str, tuple[Any, ...]] = {
    "technology": ("nangate45", "asap7"),
    "unit": ("ternary_lut", "ternary_signflip", "ternary_multiplier"),
    "activation": ("int4", "int8"),
    "group": (1, 2, 3, 4),
    "luts": (2, 4, 8, 16),
    "columns": (4, 8, 16, 32, 64),
    "table_register": (False, True),
    "reduce_register": (False, True),
}
PARTS = ("table", "select", "reduce", "accumulate", "control")


def points(axes: dict[str, tuple[Any, ...]] = AXES) -> Table:
    """All designs of the space: a full adder is 4 um2, a register 5, a selected bit 1.6."""
    rows = [
        row
        for row in product(*axes.values())
        if (unit := row[list(axes).index("unit")]) == "ternary_lut"
        or row[list(axes).index("group")] == 1
        if unit != "ternary_lut" or row[list(axes).index("group")] > 1
    ]
    table: Table = {
        name: np.array(values) for name, values in zip(axes, zip(*rows, strict=True), strict=True)
    }
    count = len(rows)
    table["style"] = np.full(count, "integer")
    table["accumulator_bits"] = np.where(table["activation"] == "int4", 16, 20)
    table["inputs"] = np.full(count, 2560)
    return table | figures(table)


def figures(table: Table) -> Table:
    """What the toy model says of designs."""
    bits = np.where(table["activation"] == "int4", 4, 8)
    group, luts, columns = table["group"], table["luts"], table["columns"]
    scale = np.where(table["technology"] == "asap7", 0.08, 1.0)
    entries = (3**group - 1) // 2
    multiplies = np.where(table["unit"] == "ternary_multiplier", 2.2, 1.0)
    registers = table["table_register"] * luts * entries * (bits + 1)
    parts = {
        "table": (4.0 * (entries - group) * (bits + 2) * luts + 5.0 * registers),
        "select": 1.6 * luts * columns * (bits + 2) * np.sqrt(entries) * multiplies,
        "reduce": 4.0 * luts * columns * (bits + 3) + 5.0 * table["reduce_register"] * columns * 12,
        "accumulate": 9.0 * columns * table["accumulator_bits"],
        "control": 30.0 + 0 * columns,
    }
    lanes = luts * group * columns
    stages = 1 + table["table_register"] + table["reduce_register"]
    delay = (300 + 1500 / stages + 120 * np.log2(luts * columns)) * np.where(scale < 1, 1.4, 1.0)
    figures: Table = {f"area_um2_{part}": scale * area for part, area in parts.items()}
    figures |= {
        f"energy_fj_{part}": scale * area * (0.35 if part == "select" else 0.9) / lanes
        for part, area in parts.items()
    }
    figures["area_um2"] = np.sum([figures[f"area_um2_{part}"] for part in PARTS], axis=0)
    figures["energy_fj_per_operation"] = np.sum(
        [figures[f"energy_fj_{part}"] for part in PARTS], axis=0
    )
    figures["delay_ps"] = delay
    figures["leakage_uw"] = 0.02 * figures["area_um2"]
    figures["throughput_gops"] = 1e3 * lanes / delay
    for figure, error in (("area", 2.4), ("delay", 6.0), ("energy", 7.5)):
        figures[f"{figure}_error_percent"] = np.full(len(lanes), error)
    figures["inside"] = lanes < 4096
    return figures


def front_mask(table: Table, objectives: dict[str, int]) -> NDArray[np.bool_]:
    """Which designs none beats in all objectives (1: to be small, -1: to be large)."""
    values = np.stack([sign * table[name] for name, sign in objectives.items()], axis=1)
    kept = np.ones(len(values), bool)
    for index, row in enumerate(values):
        beats = (values <= row).all(axis=1) & (values < row).any(axis=1)
        kept[index] = not beats.any()
    return kept


def select(table: Table, rows: NDArray[Any]) -> Table:
    """Some of the designs."""
    return {name: column[rows] for name, column in table.items()}


OBJECTIVES = {"area_um2": 1, "energy_fj_per_operation": 1, "throughput_gops": -1}
MOST_AREA, LEAST_THROUGHPUT = 100_000.0, 15.0
CONSTRAINTS = ("area_um2 <= 100000", "throughput_gops >= 15")


def write_results(folder: Path, table: Table | None = None) -> Path:
    """Write what an exploration of the toy space leaves; returns the folder."""
    table = points() if table is None else table
    table = {"number": np.arange(len(table["unit"]))} | table
    table["feasible"] = (table["area_um2"] <= MOST_AREA) & (
        table["throughput_gops"] >= LEAST_THROUGHPUT
    )
    allowed = select(table, table["feasible"])
    front = select(allowed, front_mask(allowed, OBJECTIVES))
    front |= _remarks(front)
    fronts = _fronts(allowed, front)
    columns = {
        name: values
        for name, values in table.items()
        if not name.endswith("_percent") and name.rpartition("_")[2] not in PARTS
    }
    folder.mkdir(exist_ok=True)
    pq.write_table(_arrow(columns), folder / "points.parquet", row_group_size=500)
    pq.write_table(_arrow(front), folder / "front.parquet")
    pq.write_table(_arrow(fronts), folder / "fronts.parquet")
    published = select(columns, np.array([100, 400]))
    published["label"] = np.array(["Platinum", "TENET"])
    pq.write_table(_arrow(published), folder / "published.parquet")
    _write_verification(front, folder / "verify.csv")
    about = {
        "space": "toy",
        "description": "A toy space of ternary cores",
        "space_sha256": "5ca1ab1e" * 8,
        "macsmith": "0.1.0",
        "models": {
            name: {"samples": 240, "held_out": {"area_um2": {"mape_percent": 2.4}}}
            for name in ("nangate45", "asap7")
        },
        "objectives": [
            {"expression": name, "goal": "maximize" if sign < 0 else "minimize"}
            for name, sign in OBJECTIVES.items()
        ],
        "constraints": [
            {"expression": constraint, "excluded": 9, "excluded_alone": 9}
            for constraint in CONSTRAINTS
        ],
        "points": len(table["unit"]),
        "valid": len(table["unit"]),
        "feasible": len(allowed["unit"]),
        "front_size": len(front["unit"]),
        "seconds": 0.5,
        "front": [],
    }
    (folder / "front.json").write_text(json.dumps(about), encoding="utf-8")
    return folder


def _remarks(front: Table) -> Table:
    """What a front's table says of each design besides."""
    rooms = np.stack(
        [1 - front["area_um2"] / MOST_AREA, 1 - LEAST_THROUGHPUT / front["throughput_gops"]]
    )
    return {
        "tightest_constraint": np.array(CONSTRAINTS)[rooms.argmin(axis=0)],
        "room_percent": 100 * rooms.min(axis=0),
        "equals": np.ones(len(front["unit"]), int),
    }


def _fronts(allowed: Table, front: Table) -> Table:
    """The designs that none on their technology beats."""
    kept = np.zeros(len(allowed["unit"]), bool)
    for technology in np.unique(allowed["technology"]):
        mine = np.flatnonzero(allowed["technology"] == technology)
        kept[mine[front_mask(select(allowed, mine), OBJECTIVES)]] = True
    fronts = select(allowed, kept)
    fronts |= _remarks(fronts)
    fronts["best_of_all"] = np.isin(fronts["number"], front["number"])
    return fronts


def _write_verification(front: Table, path: Path) -> None:
    shaken = np.random.default_rng(1)
    rows = []
    for index in range(0, len(front["unit"]), 5):
        row = {name: front[name][index].item() for name in ("number", *AXES)}
        for name in ("area_um2", "delay_ps", "energy_fj_per_operation"):
            short, estimate = name.split("_")[0], front[name][index].item()
            row[f"{name}_estimated"] = estimate
            row[f"{name}_measured"] = estimate * shaken.normal(1, 0.03)
            row[f"{short}_difference_percent"] = 100 * (estimate / row[f"{name}_measured"] - 1)
            row[f"{short}_expected_percent"] = front[f"{short}_error_percent"][index].item()
        rows.append(row | {"failure": ""})
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def _arrow(table: Table) -> pa.Table:
    return pa.table(
        {
            name: pa.array(values).dictionary_encode() if values.dtype.kind == "U" else values
            for name, values in table.items()
        }
    )
