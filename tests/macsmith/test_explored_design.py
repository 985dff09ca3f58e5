"""A point of an explored space, said as settings of a committed design, is the same design."""

from __future__ import annotations

from typing import Any

import pytest

from hw.errors import RequestError
from hw.families import units
from macsmith.design import committed_designs
from macsmith.explored_design import base_design, configuration_of, settings_of
from macsmith.ternary.core import ternary_core
from tests import explored

FLOATING: list[dict[str, Any]] = [
    {"unit": "ternary_lut", "luts": 1, "columns": 8, "activation": "fp16", "style": "float",
     "adder_stages": 2, "accumulator_format": "fp32"},
    {"unit": "ternary_multiplier", "luts": 1, "columns": 8, "activation": "bf16",
     "style": "aligned", "aligned_bits": 16, "reduce_register": True},
    {"unit": "complex_lut", "group": 1, "luts": 2, "columns": 4, "activation": "int8"},
    {"unit": "ternary_signflip", "luts": 5, "columns": 1, "activation": "int8", "packing": "trits5",
     "inputs": 64, "bias_limit": 7},
]  # fmt: skip


def test_every_unit_has_a_base() -> None:
    assert {base_design(unit) for unit in units()} <= set(committed_designs())


def test_settings_make_the_design_of_a_point() -> None:
    table = explored.points()
    for index in range(0, len(table["unit"]), 97):
        point = {name: values[index] for name, values in table.items()}
        core = ternary_core(configuration_of(point))
        assert core.unit == point["unit"]
        assert core.workload.inputs == 2560
        assert core.workload.bias_limit == 0
        for name in ("group", "luts", "columns", "accumulator_bits", "table_register"):
            assert getattr(core, name) == point[name]
        assert core.activation.name == point["activation"]


@pytest.mark.parametrize("point", FLOATING)
def test_settings_make_any_design(point: dict[str, Any]) -> None:
    core = configuration_of(point)
    parameters = core.parameters() | core.workload.limits()
    assert core.unit == point["unit"]
    for name, value in point.items():
        if name != "unit":
            assert parameters[name] == value


def test_settings_are_what_differs() -> None:
    point = {"unit": "ternary_lut", "group": 2, "luts": 2, "columns": 8, "activation": "int4"}
    assert settings_of(point | {"inputs": 32, "bias_limit": 1000}) == ["luts=2", "activation=int4"]
    assert settings_of(point | {"style": "integer"})[2:] == [
        "workload.bias_limit=0",
    ]
    with pytest.raises(RequestError, match="unit = 'abacus' is not one of"):
        settings_of({"unit": "abacus"})
