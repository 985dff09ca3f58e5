"""Estimates: the same by mesh, by table and one by one; honest about what is not known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from costmodel.model.columns import mesh
from costmodel.model.estimate import estimate
from costmodel.model.fit import accuracy
from costmodel.model.model import FIGURES, load_model, shipped_models
from costmodel.model.rows import read_rows
from costmodel.ternary.basis import BASIS
from hw.errors import RequestError
from hw.ternary import PARTS
from tests.costmodel.measured_designs import CALIBRATION

Columns = dict[str, Any]

_INTEGER: Columns = {
    "unit": ["ternary_lut"],
    "activation": ["int4", "int8"],
    "group": [2, 4],
    "luts": [4, 9],
    "columns": [8, 20],
    "inputs": [256, 900],
    "table_register": [False, True],
    "reduce_register": [False, True],
}
_FLOAT: Columns = {
    "unit": ["ternary_lut", "ternary_signflip"],
    "style": ["float", "exact", "aligned"],
    "activation": ["fp16", "bf16"],
    "group": [1, 2],
    "luts": [4, 9],
    "columns": [8, 20],
    "inputs": [900],
    "adder_stages": [0, 2],
}
_PACKED: Columns = {
    "unit": ["ternary_lut"],
    "activation": ["int8"],
    "packing": ["keys", "codes", "trits5", "tl2", "sparse34"],
    "group": [3, 4, 5],
    "luts": [4, 9],
    "columns": [8, 20],
    "inputs": [900],
    "reduce_register": [False, True],
}
_SCALED: Columns = {
    "unit": ["ternary_lut"],
    "activation": ["int8"],
    "result": ["", "int8", "bf16"],
    "scale": ["none", "column", "group"],
    "scale_format": ["", "u12.16", "bf16"],
    "scale_group": [0, 64],
    "group": [2],
    "luts": [4],
    "columns": [8, 20],
    "inputs": [900],
    "exits": [0, 4, 8],
    "exit_register": [False, True],
}
_ALL = (*FIGURES, "operations_per_cycle", "valid", "inside")


@pytest.mark.parametrize("axes", [_INTEGER, _FLOAT, _PACKED, _SCALED])
def test_mesh_and_table_and_scalar(axes: Columns) -> None:
    model = load_model("sg13g2", "ternary")
    columns = mesh(**axes)
    shape = tuple(len(values) for values in axes.values())
    flat = {name: np.broadcast_to(column, shape).ravel() for name, column in columns.items()}
    of_mesh, of_table = estimate(columns, model), estimate(flat, model)
    assert of_mesh.valid.any()
    valid = of_table.valid
    for name in _ALL:
        meshed = np.broadcast_to(getattr(of_mesh, name), shape).ravel()
        listed = np.broadcast_to(getattr(of_table, name), valid.shape)
        np.testing.assert_allclose(meshed[valid], listed[valid], rtol=1e-12, err_msg=name)
        for i in np.flatnonzero(valid)[:: max(1, valid.sum() // 4)]:
            single = estimate({key: np.asarray(column[i]) for key, column in flat.items()}, model)
            assert float(getattr(single, name)) == pytest.approx(float(listed[i]), rel=1e-12)
    for figure in FIGURES:
        meshed = np.broadcast_to(of_mesh.errors[figure], shape).ravel()
        assert (meshed == np.broadcast_to(of_table.errors[figure], valid.shape)).all()


@pytest.mark.parametrize("technology", shipped_models("ternary"))
@pytest.mark.parametrize("axes", [_INTEGER, _FLOAT, _PACKED, _SCALED])
def test_parts_add_up(technology: str, axes: Columns) -> None:
    model = load_model(technology, "ternary")
    estimates = estimate(mesh(**axes), model)
    whole = estimates.area_um2 + np.zeros(estimates.valid.shape)
    np.testing.assert_allclose(sum(estimates.area_parts.values()), whole, rtol=1e-9)
    operations = np.where(estimates.valid, estimates.operations_per_cycle, 1)
    leaked = estimates.leakage_uw * estimates.delay_ps * 1e-3 / operations
    dynamic = sum(estimates.energy_parts.values())
    valid = estimates.valid
    np.testing.assert_allclose(
        (dynamic + leaked)[valid], (estimates.energy_fj_per_operation + 0 * whole)[valid], rtol=1e-9
    )
    for name in FIGURES:
        assert (np.broadcast_to(getattr(estimates, name), valid.shape)[valid] > 0).all()


@pytest.mark.parametrize("technology", shipped_models("ternary"))
def test_stated_errors_are_those_of_the_measured_designs(technology: str) -> None:
    """The model's file states what its held-out rows give, to the last digit."""
    model = load_model(technology, "ternary")
    rows = read_rows(CALIBRATION / f"{technology}.csv", BASIS)
    assert model.accuracy == accuracy(model, [row for row in rows if row["set"] != "fit"], BASIS)
    assert {row["set"] for row in rows} == {"fit", "test", "blind1"}
    estimates = estimate(BASIS.columns_of_rows(rows), model)
    assert estimates.valid.all()
    assert estimates.inside.all()
    for figure in FIGURES:
        expected_errors = [model.accuracy[BASIS.kind_of(row)][figure].mean_percent for row in rows]
        assert estimates.errors[figure].tolist() == expected_errors


def test_designs_that_cannot_exist_beside_floats() -> None:
    """Nine registers in an adder: of such a design nothing is known, not even a bank."""
    design = {"unit": "ternary_lut", "group": 2, "luts": 4, "columns": 4, "style": "float"}
    design |= {"activation": "fp16", "inputs": 128, "adder_stages": [1, 9]}
    columns = {name: np.asarray(value) for name, value in design.items()}
    estimates = estimate(columns, load_model("nangate45", "ternary"))
    assert estimates.valid.tolist() == [True, False]
    assert np.broadcast_to(estimates.area_um2, 2)[0] > 0


@pytest.mark.parametrize(
    ("name", "value"), [("luts", 1000), ("columns", 1000), ("luts", 1), ("accumulator_bits", 60)]
)
def test_outside_of_what_was_measured(name: str, value: object) -> None:
    design = {key: np.asarray(values[0]) for key, values in _INTEGER.items()}
    model = load_model("nangate45", "ternary")
    assert estimate(design, model).inside
    assert not estimate(design | {name: np.asarray(value)}, model).inside


def test_a_style_that_was_not_measured() -> None:
    """Nothing is known of it: not inside, no expected error, no energy; and the others are told."""
    model = load_model("nangate45", "ternary")
    energy = {kind: prices for kind, prices in model.energy.items() if kind != "float"}
    region = {style: bounds for style, bounds in model.region.items() if style != "float"}
    accuracies = {style: accuracy for style, accuracy in model.accuracy.items() if style != "float"}
    estimates = estimate(
        mesh(**_FLOAT), replace(model, energy=energy, region=region, accuracy=accuracies)
    )
    shape = estimates.valid.shape
    floats = np.broadcast_to(np.array(_FLOAT["style"]).reshape(1, 3, *[1] * 6) == "float", shape)
    for figure in FIGURES:
        unknown = np.isnan(np.broadcast_to(estimates.errors[figure], shape))
        assert (unknown == floats).all()
        assert not (unknown & estimates.inside).any()
    assert np.isnan(estimates.energy_fj_per_operation[floats]).all()
    assert not np.isnan(estimates.energy_fj_per_operation[estimates.valid & ~floats]).any()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"result": "bf16", "style": "float", "activation": "fp16"}, "result"),
        ({"planes": 2}, "planes"),
        ({"unit": "complex_lut"}, "complex_lut"),
        ({"loop": "table"}, "loop"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_is_not_known_is_a_sentence(changes: dict[str, object], words: str) -> None:
    design = {key: np.asarray(values[0]) for key, values in _INTEGER.items()}
    with pytest.raises(RequestError, match=words):
        estimate(
            design | {name: np.asarray(value) for name, value in changes.items()},
            load_model("asap7", "ternary"),
        )


@pytest.mark.parametrize(
    "changes", [{"activation": "int8x"}, {"style": "float"}, {"group": 99}, {"luts": 0}]
)
def test_what_cannot_exist_is_not_valid(changes: dict[str, object]) -> None:
    """Also where nothing else is asked for."""
    design = {key: np.asarray(values[0]) for key, values in _INTEGER.items()}
    estimates = estimate(
        design | {k: np.asarray(v) for k, v in changes.items()}, load_model("asap7", "ternary")
    )
    assert not estimates.valid
    assert set(estimates.area_parts) | set(estimates.energy_parts) <= set(PARTS.values())


@pytest.mark.parametrize("name", ["unit", "luts", "columns", "activation", "inputs"])
def test_missing_columns(name: str) -> None:
    design = {key: np.asarray(values[0]) for key, values in _INTEGER.items() if key != name}
    with pytest.raises(RequestError, match=name):
        estimate(design, load_model("asap7", "ternary"))


def test_decoders_cost_what_they_add() -> None:
    """Codes need one for each column; keys and sparse weights are keys as they are."""
    for technology in shipped_models("ternary"):
        estimates = estimate(mesh(**_PACKED), load_model(technology, "ternary"))
        shape = estimates.valid.shape
        unpack = np.broadcast_to(estimates.area_parts["unpack"], shape)
        worked = np.broadcast_to(estimates.energy_parts["unpack"], shape)
        packed = np.array([packing in ("codes", "trits5", "tl2") for packing in _PACKED["packing"]])
        packed = np.broadcast_to(packed.reshape(1, 1, -1, *[1] * (len(shape) - 3)), shape)
        assert (unpack[estimates.valid & packed] > 0).all()
        assert (worked[estimates.valid & packed] > 0).all()
        assert not unpack[~packed].any()


def test_decoders_of_converted_floats_are_not_free() -> None:
    """They are those of integers; but nobody measured such a core, so it is not inside."""
    design = {
        "unit": "ternary_lut",
        "activation": "bf16",
        "style": "aligned",
        "aligned_bits": 12,
        "group": 3,
        "luts": 6,
        "columns": 10,
        "inputs": 500,
        "packing": "tl2",
    }
    estimates = estimate(
        {name: np.asarray(value) for name, value in design.items()}, load_model("asap7", "ternary")
    )
    assert estimates.area_parts["unpack"] > 0
    assert estimates.energy_parts["unpack"] > 0
    assert not estimates.inside


def test_results_that_see_sums_grow_work_more() -> None:
    """Without a buffer or a register the exit follows the accumulators in every cycle."""
    model = load_model("nangate45", "ternary")

    def energy(exits: int, register: bool) -> float:
        design = {key: np.asarray(values[0]) for key, values in _INTEGER.items()}
        exit_ = {"result": "bf16", "exits": exits, "exit_register": register}
        design |= {name: np.asarray(value) for name, value in exit_.items()}
        return float(estimate(design, model).energy_fj_per_operation)

    assert energy(8, False) > energy(4, False)
