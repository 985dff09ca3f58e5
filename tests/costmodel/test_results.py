"""What an exploration left is read back: front, points, neighbours, and what is missing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from costmodel.explore.results import parameters_of, to_columns
from costmodel.explore.results_folder import read_results
from hw.errors import RequestError
from tests import explored


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return explored.write_results(tmp_path_factory.mktemp("explored"))


def test_front_and_points(folder: Path) -> None:
    results = read_results(folder)
    table = explored.points()
    assert results.count == len(table["unit"])
    assert results.objectives == {
        "area_um2": False,
        "energy_fj_per_operation": False,
        "throughput_gops": True,
    }
    points = results.points(["unit", "area_um2"])
    assert list(points) == ["unit", "area_um2"]
    assert (points["unit"] == table["unit"]).all()
    assert (points["area_um2"] == table["area_um2"]).all()
    assert results.about["space"] == "toy"
    assert results.published["label"].tolist() == ["Platinum", "TENET"]
    assert results.verified[0]["unit"] in table["unit"]


def test_one_step_is_all_points_that_differ_once(folder: Path) -> None:
    results, table = read_results(folder), explored.points()
    names = results.parameters
    assert set(names) >= {*explored.AXES, "inputs", "accumulator_bits"}
    places = (5, 700)
    points = [{name: table[name][index].item() for name in names} for index in places]
    nearby = results.one_step(points, ["area_um2"])
    for point, nearest in zip(points, nearby, strict=True):
        apart = np.sum([table[name] != point[name] for name in names], axis=0)
        assert len(nearest["unit"]) == np.count_nonzero(apart == 1) > 5
        assert sorted(nearest["area_um2"]) == sorted(table["area_um2"][apart == 1])


def test_best_of_each_combination(folder: Path) -> None:
    results, table = read_results(folder), explored.points()
    extremes = results.best_of(
        ["technology", "columns"], {"throughput_gops": True, "area_um2": False}
    )
    assert len(extremes["columns"]) == 2 * 5
    for technology, columns, best, least in zip(*extremes.values(), strict=True):
        mine = (table["technology"] == technology) & (table["columns"] == columns)
        assert best == table["throughput_gops"][mine].max()
        assert least == table["area_um2"][mine].min()
    with pytest.raises(RequestError, match="there is no column 'mu'"):
        results.best_of(["mu"], {"area_um2": False})


def test_sample_is_the_same_each_time_and_of_all_parts(folder: Path) -> None:
    results = read_results(folder)
    one, two = results.sample(300), results.sample(300)
    assert len(one["unit"]) == 300
    assert (one["area_um2"] == two["area_um2"]).all()
    assert (one["area_um2"] != results.sample(300, seed=1)["area_um2"]).any()
    assert set(one["technology"]) == {"nangate45", "asap7"}  # both ends of the file
    assert len(results.sample(10**6)["unit"]) == results.count


def test_absent_parameters_have_the_defaults_of_their_unit() -> None:
    table = pa.table(
        {
            "unit": pa.array(["ternary_lut", "ternary_lut", "ternary_signflip"]),
            "group": pa.array([3, None, None], pa.int32()),
            "style": pa.array(["exact", None, None]).dictionary_encode(),
            "table_register": pa.array([None, True, True]),
            "workload": pa.array([None, "b", None]),
        }
    )
    columns = to_columns(table)
    assert columns["group"].tolist() == [3, 2, 1]
    assert columns["style"].tolist() == ["exact", "", ""]
    assert columns["table_register"].tolist() == [False, True, True]
    assert columns["workload"].tolist() == ["", "b", ""]
    assert parameters_of(columns | {"area_um2": columns["group"]}) == list(columns)


def test_points_are_those_of_the_front_without_a_file_of_all(tmp_path: Path) -> None:
    explored.write_results(tmp_path)
    (tmp_path / "points.parquet").unlink()
    (tmp_path / "verify.csv").unlink()
    (tmp_path / "front.json").unlink()
    (tmp_path / "published.parquet").unlink()
    results = read_results(tmp_path)
    assert results.count == len(results.front["unit"]) == len(results.points()["unit"])
    assert results.verified == []
    assert results.about == {}
    assert results.published == {}
    assert list(results.objectives.values()) == [False, False, True]  # the usual ones


def test_what_cannot_be_read_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"holds no results of macsmith explore"):
        read_results(tmp_path)
    (tmp_path / "front.parquet").write_text("no")
    with pytest.raises(RequestError, match=r"front\.parquet cannot be read as Parquet"):
        read_results(tmp_path)
    explored.write_results(tmp_path)
    nothing = pq.read_table(tmp_path / "front.parquet").slice(0, 0)
    pq.write_table(nothing, tmp_path / "front.parquet")
    with pytest.raises(RequestError, match=r"front\.parquet holds no points"):
        read_results(tmp_path)
    explored.write_results(tmp_path)
    (tmp_path / "front.json").write_text("{")
    with pytest.raises(RequestError, match=r"front\.json is not JSON"):
        read_results(tmp_path)
