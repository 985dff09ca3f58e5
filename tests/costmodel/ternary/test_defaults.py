"""What columns do not state is what a design that does not state it has."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from costmodel.ternary.basis import BASIS
from costmodel.ternary.configurations import UNITS as COUNTED_UNITS
from costmodel.ternary.configurations import Configurations
from costmodel.ternary.cores import load_cores
from costmodel.ternary.defaults import DEFAULTS
from hw.formats import Integer
from hw.ternary import UNITS, TernaryConfiguration, Workload
from hw.unit import parameter_defaults
from macsmith.ternary.words import WORDS

_STATED: dict[str, Any] = {"luts": 4, "columns": 4}


def unstated(unit: type[TernaryConfiguration]) -> TernaryConfiguration:
    """A design that states nothing but what it must."""
    limits = Workload(inputs=64, outputs=4)
    return unit(activation=Integer.parse("int8"), workload=limits, **_STATED)


def columns_of(unit: type[TernaryConfiguration]) -> dict[str, Any]:
    """The columns of such a design."""
    names = {"unit": unit.unit, "activation": "int8", "inputs": 64} | _STATED
    return {name: np.array([value]) for name, value in names.items()}


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.unit)
def test_group_is_the_units(unit: type[TernaryConfiguration]) -> None:
    """In schedules (a complex core had 1 for 2), in inventories, in errors and in labels."""
    core, columns = unstated(unit), columns_of(unit)
    cores = load_cores(columns, 64)
    assert cores.p["group"].tolist() == [core.group]
    assert cores.tile_inputs.tolist() == [core.tile_inputs]
    assert cores.tiles_of_sum(64).tolist() == [core.tiles(64)]
    label = WORDS.label({name: values[0] for name, values in columns.items()})
    assert f", {core.tile_inputs} x 4, " in label
    assert (f"µ = {core.group}" in label) == (core.group > 1)
    if unit.unit in COUNTED_UNITS:
        assert Configurations(columns).group.tolist() == [core.group]
        floats = columns | {"activation": np.array(["fp16"]), "style": np.array(["float"])}
        error = BASIS.figures["rms_error_percent"]
        stated = floats | {"group": np.array([core.group])}
        assert error(floats).tolist() == error(stated).tolist()


def test_all_other_defaults_are_the_configurations() -> None:
    """Of every parameter and limit that need not be stated; the units agree about them."""
    for unit in UNITS:
        defaults = parameter_defaults(unit)
        for name in defaults.keys() & DEFAULTS.keys():
            assert DEFAULTS[name] == ("" if defaults[name] is None else defaults[name]), name
    assert {"batch", "bias_limit", "nonzeros"} < set(DEFAULTS)
    assert not {"luts", "columns", "activation", "inputs", "outputs", "group"} & set(DEFAULTS)
    assert {type(value) for value in DEFAULTS.values()} == {str, int, bool}
