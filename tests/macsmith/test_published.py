"""Published designs are those of the committed files, in the figures of the model that is given."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from costmodel import plots
from costmodel.explore.results import Columns
from hw.errors import RequestError
from macsmith.design import committed_designs, load_design
from macsmith.published import PUBLISHED, columns_of, published_points
from tests import explored


def _estimate(columns: Columns, scale: float) -> Any:
    if "packing" in columns:
        raise RequestError("the model knows no such design")
    lanes = columns["group"] * columns["luts"] * columns["columns"]
    return SimpleNamespace(
        area_um2=scale * lanes,
        delay_ps=np.array(500.0),  # figures broadcast
        leakage_uw=lanes * 0.1,
        energy_fj_per_operation=lanes * 0 + scale,
        operations_per_cycle=lanes,
        valid=columns["activation"] != "fp16",
    )


def test_published_designs_are_committed() -> None:
    assert set(PUBLISHED.values()) <= set(committed_designs())


def test_columns_are_the_parameters() -> None:
    core = load_design("lut-tensor-core-fp16-4x64").configuration
    columns = columns_of(core)
    assert columns["unit"].tolist() == ["ternary_lut"]
    assert columns["style"].tolist() == ["float"]
    assert columns["adder_stages"].tolist() == [1]
    assert columns["inputs"].tolist() == [2560]
    assert {name: values.dtype.kind for name, values in columns.items()}["activation"] == "U"


def test_points_are_estimates_of_each_technology() -> None:
    found = published_points(
        {"a": lambda columns: _estimate(columns, 1.0), "b": lambda columns: _estimate(columns, 3.0)}
    )
    assert found["label"].tolist() == ["Platinum"] * 2 + ["TENET"] * 2  # and one is not covered
    assert found["technology"].tolist() == ["a", "b"] * 2
    assert found["area_um2"][:2].tolist() == [5 * 8 * 8, 3 * 5 * 8 * 8]
    assert found["throughput_gops"][2] == 2 * 16 * 32 * 2
    with plots.print_style():
        _, axes = plots.one_axes()
        plots.front(axes, explored.points(), published=found)
    assert [text.get_text() for text in axes.texts] == found["label"].tolist()


def test_nothing_covered_is_no_points() -> None:
    assert published_points({}) == {}
