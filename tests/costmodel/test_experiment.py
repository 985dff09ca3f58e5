"""The experiment: the same every time, all of it can exist, what is held out is unlike the rest."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from costmodel.model.estimate import estimate
from costmodel.model.model import load_model
from costmodel.ternary.basis import BASIS
from costmodel.ternary.experiment import KINDS, STYLES, designs
from costmodel.ternary.inventory import valid
from hw.formats import Float
from hw.ternary.packing import PACKINGS
from tests.costmodel.measured_designs import DESIGNS, SETS, drawn


@pytest.mark.parametrize("style", KINDS)
def test_same_every_time_and_no_design_twice(style: str) -> None:
    for set_name in SETS:
        one, other = (list(islice(designs(style, set_name), 30)) for _ in range(2))
        assert one == other
        assert len(set(one)) == 30
        kinds = {BASIS.kind_of({"set": set_name} | BASIS.row_of(design)) for design in one}
        assert kinds == {style}


@pytest.mark.parametrize("style", KINDS)
def test_held_out_designs_are_others(style: str) -> None:
    fit, test = (list(islice(designs(style, set_name), 150)) for set_name in SETS)
    assert not set(fit) & set(test)
    formats = [{str(design.activation) for design in chosen} for chosen in (fit, test)]
    assert formats[1] - formats[0]
    weights = [max(c.luts * c.group * c.columns for c in chosen) for chosen in (fit, test)]
    assert weights[1] > 1.5 * weights[0]


def test_held_out_formats_are_mostly_new() -> None:
    for style in STYLES:
        fit, test = (
            [
                row["activation"]
                for row in drawn()
                if (BASIS.kind_of(row), row["set"]) == (style, set_name)
            ]
            for set_name in SETS
        )
        new = [name for name in test if name not in fit]
        assert len(new) > len(test) / 2, style


def test_narrow_designs_are_narrow_and_half_of_them_multiply() -> None:
    narrow = list(islice(designs("integer", "narrow"), 64))
    assert {design.activation.bits for design in narrow} == {2, 3, 4}
    assert 24 <= sum(design.unit == "ternary_multiplier" for design in narrow) <= 40
    assert not set(narrow) & set(islice(designs("integer", "fit"), 500))


def test_inventories_know_all_of_them() -> None:
    columns = BASIS.columns_of_rows(drawn())
    assert valid(columns).all()
    assert len(drawn()) == DESIGNS * len(KINDS) * len(SETS)
    estimates = estimate(columns, load_model("sg13g2", "ternary"))
    assert (estimates.area_um2 > 0).all()
    assert (estimates.delay_ps > 0).all()


def test_all_values_appear() -> None:
    """A Sobol sequence leaves no corner out: both registers, all units and stages are measured."""
    rows = [row for row in drawn() if row["set"] == "fit"]
    for style in STYLES:
        mine = [row for row in rows if BASIS.kind_of(row) == style]
        assert len({(row["table_register"], row["reduce_register"]) for row in mine}) == 4
        units = {row["unit"] for row in mine}
        assert len(units) == (3 if style in ("integer", "float") else 2)
        stages = {row.get("adder_stages", 0) for row in mine}
        assert stages == ({0, 1, 2, 3} if style == "float" else {0})
        lanes = np.array([row["luts"] * row["group"] * row["columns"] for row in mine])
        assert lanes.max() > 8 * lanes.min()
        if style != "integer":
            assert all(Float.parse(row["activation"]).bits <= 16 for row in mine)


def test_all_packings_and_scales_appear() -> None:
    rows = [row for row in drawn() if row["set"] == "fit"]
    packed = [row for row in rows if BASIS.kind_of(row) == "packed"]
    assert {row["packing"] for row in packed} == set(PACKINGS) - {"keys"}
    scaled = [row for row in rows if BASIS.kind_of(row) == "scaled"]
    assert {row["scale"] for row in scaled} == {"none", "tensor", "column", "group"}
    assert {row["style"] for row in scaled} == {"integer", "exact", "aligned"}
    assert {row["exit_register"] for row in scaled} == {False, True}
