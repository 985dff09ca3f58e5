"""Exploration of a toy model's spaces: every point once, exact fronts, counts that add up."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import pytest

from costmodel.explore.exploration import Exploration, Task, parts
from costmodel.explore.formula import NUMBER, TEXT, TRUTH, parse_formula
from costmodel.explore.front_table import front_table
from costmodel.explore.pareto import front_of, side_by_side
from costmodel.explore.space import FIGURES, WORKLOAD_FIGURES, Block, Objective, Products, Space
from costmodel.ternary.rounding import rms_error_percent
from hw.errors import RequestError
from tests.costmodel.toy import toy_estimate

_NAMES = ("luts", "columns", "group", *FIGURES, *WORKLOAD_FIGURES, "rms_error_percent", "edp")
_KINDS = dict.fromkeys(_NAMES, NUMBER) | {"technology": TEXT, "workload": TEXT}
ESTIMATORS = {"a": toy_estimate, "b": partial(toy_estimate, scale=1.2)}


def number(text: str) -> Any:
    return parse_formula(text, "minimize", _KINDS, NUMBER)


def truth(text: str) -> Any:
    return parse_formula(text, "constraints", _KINDS, TRUTH)


@pytest.fixture
def space() -> Space:
    """Two blocks with different axes, two technologies."""
    first = {
        "unit": np.array(["ternary_lut", "ternary_signflip"]),
        "activation": np.array(["int8", "fp16"]),
        "group": np.arange(1, 5),
        "luts": np.array([1, 2, 3, 5, 80]),
        "columns": np.array([4, 8, 16]),
    }
    second = first | {"table_register": np.array([False, True]), "luts": np.arange(1, 8)}
    return Space(
        name="toy",
        description="",
        technologies=("a", "b"),
        blocks=(Block(first), Block(second)),
        objectives=(
            Objective(number("edp")),
            Objective(number("throughput_gops"), maximize=True),
        ),
        constraints=(truth("area_um2 <= 60000"), truth("throughput_gops >= 600")),
        figures={"edp": number("energy_fj_per_operation * delay_ps")},
    )


def by_hand(space: Space) -> list[dict[str, Any]]:
    """Every point by itself, with its figures: no mesh, no chunk."""
    rows = []
    for block, technology in product(space.blocks, space.technologies):
        for values in product(*block.axes.values()):
            columns = {name: np.array(v) for name, v in zip(block.axes, values, strict=True)}
            e = ESTIMATORS[technology](columns)
            row: dict[str, Any] = {"technology": technology}
            row |= {name: column.item() for name, column in columns.items()}
            row |= {
                name: getattr(e, name).item() for name in FIGURES if name != "throughput_gops"
            } | {"valid": bool(e.valid), "inside": bool(e.inside)}
            row["throughput_gops"] = row["operations_per_cycle"] * 1e3 / row["delay_ps"]
            row["edp"] = row["energy_fj_per_operation"] * row["delay_ps"]
            rows.append(row)
    return rows


def explored(space: Space, most: int, keep: bool = False) -> tuple[Exploration, list[Any]]:
    task, exploration = Task(space, ESTIMATORS, keep), Exploration(space)
    return exploration, list(parts(task, exploration, most))


def test_numbers_are_points(space: Space) -> None:
    """In the order of the chunks, for chunks of every size."""
    rows = by_hand(space)
    assert space.size == len(rows)
    for number, row in enumerate(rows):
        point = space.point(number)
        assert point == {name: row[name] for name in point}
    with pytest.raises(IndexError):
        space.point(space.size)
    for most in (1, 7, 60, 10**6):
        firsts = []
        for chunk in space.chunks(most):
            mesh = space.mesh(chunk)
            shape = np.broadcast_shapes(*(column.shape for column in mesh.values()))
            assert np.prod(shape) <= most
            firsts += range(chunk.first, chunk.first + int(np.prod(shape)))
            last = {name: np.broadcast_to(c, shape).flat[-1] for name, c in mesh.items()}
            assert space.point(firsts[-1]) == {"technology": chunk.technology} | last
        assert firsts == list(range(space.size))


@pytest.mark.parametrize("most", [1, 17, 100, 10**6])
def test_front_and_counts(space: Space, most: int) -> None:
    """Against a list of all points, gone through one by one."""
    rows = by_hand(space)
    exploration, _ = explored(space, most)
    counts = exploration.counts
    valid = [row for row in rows if row["valid"]]
    large = [row["area_um2"] > 60000 for row in valid]
    slow = [row["throughput_gops"] < 600 for row in valid]
    assert counts.points == len(rows)
    assert counts.valid == len(valid)
    assert counts.outside == sum(not row["inside"] for row in valid) > 0
    assert counts.undefined == 0
    assert counts.excluded == [sum(large), sum(slow)]
    assert counts.alone == [
        sum(a and not b for a, b in zip(large, slow, strict=True)),
        sum(b and not a for a, b in zip(large, slow, strict=True)),
    ]
    assert min(counts.alone) > 0
    assert counts.feasible == sum(not (a or b) for a, b in zip(large, slow, strict=True))
    numbers = np.array(
        [
            i
            for i, row in enumerate(rows)
            if row["valid"] and row["area_um2"] <= 60000 and row["throughput_gops"] >= 600
        ]
    )
    values = np.array([[rows[i]["edp"], -rows[i]["throughput_gops"]] for i in numbers])
    expected, front = front_of(values, numbers), exploration.front()
    assert front.numbers.tolist() == expected.numbers.tolist()
    assert front.equals.tolist() == expected.equals.tolist()
    assert len(front) > 3


@pytest.mark.parametrize("most", [17, 10**6])
def test_each_technology_has_its_front(space: Space, most: int) -> None:
    """The same as if it were explored alone; the front of all is what is left of these together."""
    exploration, _ = explored(space, most)
    fronts = exploration.fronts()
    assert list(fronts) == list(space.technologies)
    for name, front in fronts.items():
        alone, _ = explored(replace(space, technologies=(name,)), most)
        assert sorted(map(tuple, alone.front().values)) == sorted(map(tuple, front.values))
        assert all(space.point(number)["technology"] == name for number in front.numbers)
    beside = side_by_side(list(fronts.values()))
    assert len(beside) == sum(map(len, fronts.values())) > len(exploration.front())
    assert (np.diff(beside.numbers) > 0).all()
    best = front_of(beside.values, beside.numbers, beside.equals)
    assert best.numbers.tolist() == exploration.front().numbers.tolist()


def test_points(space: Space) -> None:
    """All valid ones, once, with null where a block has no such axis."""
    rows = by_hand(space)
    _, exploration = explored(space, 50, keep=True)
    table = [row for part in exploration for row in part.points.to_pylist()]
    assert [row["number"] for row in table] == [i for i, row in enumerate(rows) if row["valid"]]
    for row in table:
        expected = rows[row["number"]] | {"number": row["number"]}
        del expected["valid"]
        assert row.pop("feasible") == (row["area_um2"] <= 60000 and row["throughput_gops"] >= 600)
        assert row == pytest.approx({"table_register": None} | expected)


def test_front_table(space: Space) -> None:
    """Figures of the front's points, their parts and errors, and what binds them."""
    task = Task(space, ESTIMATORS)
    exploration, _ = explored(space, 100)
    front = exploration.front()
    rows, all_rows = front_table(task, front).to_pylist(), by_hand(space)
    assert [row["number"] for row in rows] == front.numbers.tolist()
    for row in rows:
        expected = all_rows[row["number"]]
        assert {name: row[name] for name in expected if name != "valid"} == pytest.approx(
            {name: value for name, value in expected.items() if name != "valid"}
        )
        assert row["area_um2_table"] + row["area_um2_lane"] + row[
            "area_um2_column"
        ] == pytest.approx(row["area_um2"])
        assert row["area_error_percent"] == 2.5
        room = {
            "area_um2 <= 60000": (60000 - row["area_um2"]) / 600,
            "throughput_gops >= 600": 100 - 60000 / row["throughput_gops"],
        }
        assert row["tightest_constraint"] == min(room, key=lambda text: room[text])
        assert row["room_percent"] == pytest.approx(min(room.values()))
    assert len({row["tightest_constraint"] for row in rows}) == 2


def test_workloads(space: Space) -> None:
    """Cycles are tiles of weights, counted layer by layer."""
    layers = ((100, 30, 2), (50, 7, 3))
    models = (Products("one", layers), Products("other", ((64, 64, 1),)))
    objectives = (
        Objective(number("core_energy_uj_per_token")),
        Objective(number("core_tokens_per_second"), maximize=True),
    )
    space = replace(space, workloads=models, objectives=objectives, constraints=())
    assert space.size == 2 * len(by_hand(space))
    exploration, _ = explored(space, 1000)
    table = front_table(Task(space, ESTIMATORS), exploration.front())
    assert set(table["workload"].to_pylist()) <= {"one", "other"}
    for row in table.to_pylist():
        inputs = row["group"] * row["luts"]
        chosen = layers if row["workload"] == "one" else models[1].layers
        tiles = sum(c * -(-n // inputs) * -(-m // row["columns"]) for n, m, c in chosen)
        assert row["cycles_per_token"] == tiles
        assert row["inputs"] == max(n for n, _, _ in chosen)
        assert row["core_tokens_per_second"] == pytest.approx(1e12 / tiles / row["delay_ps"])
        slots = tiles * inputs * row["columns"]
        assert row["core_energy_uj_per_token"] == pytest.approx(
            slots * row["energy_fj_per_operation"] * 1e-9
        )
        assert row["utilisation"] == pytest.approx(sum(n * m * c for n, m, c in chosen) / slots)


def test_names_of_technologies_in_formulas(space: Space) -> None:
    space = replace(space, constraints=(truth("technology == 'b'"),))
    exploration, _ = explored(space, 1000)
    assert exploration.counts.feasible == exploration.counts.valid / 2
    assert set(
        front_table(Task(space, ESTIMATORS), exploration.front())["technology"].to_pylist()
    ) == {"b"}


def test_points_without_a_value_are_counted_not_kept(space: Space) -> None:
    space = replace(space, objectives=(Objective(number("log2(luts - 3)")),), constraints=())
    exploration, _ = explored(space, 100)
    valid = [row for row in by_hand(space) if row["valid"]]
    assert exploration.counts.undefined == sum(row["luts"] <= 3 for row in valid)
    assert space.point(int(exploration.front().numbers[0]))["luts"] == 4


def test_needed_names(space: Space) -> None:
    """Through the user's figures."""
    assert space.needed >= {"energy_fj_per_operation", "delay_ps", "area_um2", "throughput_gops"}
    assert "leakage_uw" not in space.needed


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            {"constraints": (truth("area_um2 <= 60000"), truth("throughput_gops >= 1e9"))},
            "'throughput_gops >= 1e9' excludes most, 1,140 of the 1,140 points that can exist; the",
        ),
        ({"objectives": (Objective(number("log2(-luts)")),)}, "'log2(-luts)' have no finite"),
    ],
)
def test_no_front(space: Space, change: dict[str, Any], sentence: str) -> None:
    exploration, _ = explored(replace(space, **change), 100)
    with pytest.raises(RequestError) as caught:
        exploration.front()
    assert sentence in str(caught.value)


@pytest.mark.parametrize("most", [10, 10_000])
def test_nearest_point_to_a_contradiction(space: Space, most: int) -> None:
    """Among those that meet the other constraints, in the order in which the constraint has it."""
    texts = ("area_um2 <= 60000", "throughput_gops >= 9000")
    space = replace(space, constraints=tuple(map(truth, texts)))
    exploration, _ = explored(space, most)
    small = [r["throughput_gops"] for r in by_hand(space) if r["valid"] and r["area_um2"] <= 60000]
    with pytest.raises(RequestError) as caught:
        exploration.front()
    assert str(caught.value).endswith(
        f"the nearest point that meets the others has {max(small):.6g} against 9000"
    )


def test_none_can_exist(space: Space) -> None:
    axes = dict(space.blocks[0].axes)
    axes |= {"unit": np.array(["ternary_signflip"]), "group": np.array([2, 3])}
    exploration, _ = explored(replace(space, blocks=(Block(axes),)), 100)
    with pytest.raises(RequestError, match="none of the 120 points of toy can exist"):
        exploration.front()


def test_too_many_points(space: Space) -> None:
    """Counted from the axes' lengths, and the longest two are told."""
    axes = dict(space.blocks[0].axes) | {
        "luts": np.arange(100_000),
        "columns": np.arange(1_000_000),
    }
    space = replace(space, blocks=(Block(axes),))
    assert space.size == 32 * 10**11
    with pytest.raises(RequestError) as caught:
        space.check_size()
    assert "3,200,000,000,000 points, more than the 1,000,000,000" in str(caught.value)
    assert "'columns' (1,000,000 values) or 'luts' (100,000 values)" in str(caught.value)


def test_numerical_error(space: Space) -> None:
    """Is a figure where a formula mentions it, through the user's own too."""
    axes = dict(space.blocks[0].axes) | {"inputs": np.array([256, 1024])}
    axes |= {"activation": np.array(["fp16", "bf16"]), "style": np.array(["float"])}
    figures = {"edp": number("area_um2"), "bits": number("-log2(rms_error_percent)")}
    space = replace(space, blocks=(Block(axes),), figures=figures)
    objectives = (Objective(number("area_um2")), Objective(number("rms_error_percent")))
    for changed in (space, replace(space, objectives=objectives, constraints=())):
        exploration, _ = explored(changed, 100)
        for row in front_table(Task(changed, ESTIMATORS), exploration.front()).to_pylist():
            columns = {name: np.array(row[name]) for name in axes}
            assert row["rms_error_percent"] == pytest.approx(float(rms_error_percent(columns)))
            assert row["bits"] == pytest.approx(-np.log2(row["rms_error_percent"]))
    assert "rms_error_percent" not in space.needed
