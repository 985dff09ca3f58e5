"""Published designs are those of the committed files, in the figures of the model that is given."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from costmodel import plots
from costmodel.explore.results import Columns
from costmodel.model.estimate import estimate
from costmodel.model.model import load_model
from costmodel.ternary.basis import BASIS
from hw.errors import RequestError
from macsmith.design import committed_designs, designs_folder, load_design
from macsmith.published import published_designs, published_points
from macsmith.ternary.core import ternary_core
from tests import explored


def _estimate(columns: Columns, scale: float) -> Any:
    if "packing" in columns or "group" not in columns:
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
    assert set(published_designs().values()) <= set(committed_designs())


def test_a_sequencer_hides_no_design() -> None:
    """It is a parameter that the model does not see, and no reason to leave a design out."""
    core = ternary_core(load_design("lut-tensor-core-fp16-4x64").configuration)
    columns = BASIS.columns_of(replace(core, sequencer=True))
    assert columns.keys() == BASIS.columns_of(core).keys()
    assert {name: values.dtype.kind for name, values in columns.items()}["activation"] == "U"


def test_a_published_design_with_a_sequencer_is_in_the_figures(tmp_path: Path) -> None:
    """With the figures that it has without one, of the model that is shipped."""
    plain = (designs_folder() / "tenet-int8-32x32.toml").read_text()
    design = tmp_path / "sequenced.toml"
    design.write_text(plain.replace("[parameters]", "[parameters]\nsequencer = true"))
    assert ternary_core(load_design(str(design)).configuration).sequencer
    model = load_model("nangate45", "ternary")
    designs = {"plain": "tenet-int8-32x32", "sequenced": str(design)}
    points = published_points({"nangate45": lambda columns: estimate(columns, model)}, designs)
    assert points["label"].tolist() == ["plain", "sequenced"]
    assert points["area_um2"][0] == points["area_um2"][1] > 0


def test_points_are_estimates_of_each_technology() -> None:
    points = published_points(
        {"a": lambda columns: _estimate(columns, 1.0), "b": lambda columns: _estimate(columns, 3.0)}
    )
    assert points["label"].tolist() == ["Platinum"] * 2 + ["TENET"] * 2  # and one is not covered
    assert points["technology"].tolist() == ["a", "b"] * 2
    assert points["area_um2"][:2].tolist() == [5 * 8 * 8, 3 * 5 * 8 * 8]
    assert points["throughput_gops"][2] == 2 * 16 * 32 * 2
    with plots.print_style():
        _, axes = plots.one_axes()
        plots.front(axes, explored.points(), published=points)
    assert [text.get_text() for text in axes.texts] == points["label"].tolist()


def test_nothing_covered_is_no_points() -> None:
    assert published_points({}) == {}
