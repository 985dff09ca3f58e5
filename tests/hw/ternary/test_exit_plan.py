"""The parameters of scales and results: derived values by hand, and every refusal."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hw.errors import RequestError
from hw.formats import Fixed, Float, Integer
from hw.ternary import ExitPlan, TernaryLut, Workload, meanings, signature
from hw.ternary.choices import Scale
from hw.ternary.scaling import Scaling, product_shape
from tests.gates import Gates

_WORKLOAD = Workload(inputs=2560, outputs=6912, bias_limit=50)


def configure(**changes: Any) -> TernaryLut:
    """A core of 32 x 32 weights a cycle with some parameters changed."""
    parameters: dict[str, Any] = {
        "luts": 16,
        "columns": 32,
        "activation": "int8",
        "workload": _WORKLOAD,
    }
    return TernaryLut(**parameters | changes)


def plan_of(core: TernaryLut) -> ExitPlan:
    """The plan of a core that has one."""
    assert core.exit_plan
    return core.exit_plan


def test_without_a_result_there_is_no_exit() -> None:
    """Nor are there parameters of one, so that what was generated before stays as it was."""
    core = configure()
    assert core.exit_plan is None
    assert "result" not in core.parameters()
    assert list(signature(core).members) == ["activations", "weights", "initial", "results"]


def test_derived_values() -> None:
    """Widths of a bf16 exit by hand: 327,730 is 19 bits, 8 bits of significand, 255 above it."""
    core = configure(result="bf16", scale="column", scale_format="bf16")
    plan = plan_of(core)
    assert core.bound == plan.bound == plan.total == 2560 * 128 + 50
    assert (plan.units, plan.beats) == (1, 32)  # a sum takes 80 tiles
    assert (plan.sum_bits, plan.significand_bits, plan.product_bits) == (20, 8, 27)
    assert plan.product_exponents == (-133, 120)  # of bf16's last bits
    assert (core.latency, core.weight_latency) == (2, 2)
    assert core.cycles((2560, 6912, 1)) == 80 * 216 + 1 + 32
    parameters = core.parameters()
    assert TernaryLut(**parameters, workload=_WORKLOAD) == core
    assert list(signature(core).members)[-2:] == ["scales", "results"]
    assert set(meanings(core)) == set(signature(core).members)


def test_integer_widths() -> None:
    """Half a unit of the result is in the product: 3 * 7 + 8 = 29."""
    plan = ExitPlan(
        columns=1,
        units=1,
        result=Integer(3, signed=True),
        scale=Scale.COLUMN,
        scale_format=Fixed(3, 4),
        bound=3,
        total=3,
    )
    assert (plan.half, plan.product_bits, plan.value_bits) == (8, 5, 6)


def test_groups() -> None:
    """A group is a sum of its own; the accumulators need hold no more."""
    core = configure(result="fp16", scale="group", scale_group=128, scale_format="u8.12")
    assert core.bound == 128 * 128 + 50
    assert plan_of(core).total == 2560 * 128 + 50
    assert core.accumulator_bits == 16
    assert (core.groups(2560), core.tiles_of_sum(2560), core.tiles(2560)) == (20, 4, 80)
    assert (core.groups(129), core.tiles_of_sum(129), core.tiles(129)) == (2, 4, 8)
    assert (core.groups(40), core.tiles_of_sum(40), core.tiles(40)) == (1, 2, 2)
    assert (plan_of(core).units, plan_of(core).beats) == (8, 4)  # keeps up with 4 tiles


@pytest.mark.parametrize(
    ("exits", "cycles"),
    [
        (4, 10 + 0 + 1),  # no buffer: as without an exit
        (2, 10 + 2 + 1),  # a sum waits in the buffer and leaves in two beats
        (1, 2 + 4 * 4 + 4 + 1),  # four beats are more than two tiles: the exit sets the pace
    ],
)
def test_cycles_by_hand(exits: int, cycles: int) -> None:
    """Five sums of two tiles, four columns."""
    core = configure(columns=4, luts=2, result="int32", exits=exits, table_register=False)
    assert core.cycles((8, 4, 5)) == cycles


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"scale": "row"},
            "scale = 'row' is not allowed: it must be one of none, tensor, column, group",
        ),
        ({"scale": "tensor"}, "scale_format = '' is not the name of a format for scales: use uN.F"),
        ({"scale_format": "bf16"}, "scale_format = 'bf16' is not allowed without a scale"),
        ({"scale_group": 64}, "scale_group = 64 is not allowed with scale = 'none': it must be 0"),
        (
            {"scale": "group", "scale_group": 16},
            "scale_group = 16 is not allowed: it must be a whole number from 32 to 256",
        ),
        (
            {"scale": "group", "scale_group": 48},
            "scale_group = 48 is not allowed: it must be a multiple of the 32 inputs of a tile",
        ),
        ({"exits": 2}, "exits = 2 is not allowed without a result format"),
        (
            {"scale": "column", "scale_format": "bf16"},
            "scale = 'column' is not allowed without a result format: state result",
        ),
        ({"exit_register": True}, "exit_register = True is not allowed without a result format"),
        ({"exit_register": 1}, "exit_register = 1 is not true or false"),
        ({"result": "int8"}, "result = 'int8' is too narrow: without a scale results are exact"),
        ({"result": "int33"}, "result = 'int33' is not the name of a format for results"),
        ({"result": 8}, "result = 8 is not the name of a format for results"),
        ({"result": "bf16", "exits": 33}, "exits = 33 is not allowed: it must be a whole number"),
        (
            {"result": "fp16+stochastic"},
            "result = 'fp16+stochastic' is not supported: results are rounded to nearest even",
        ),
        (
            {"result": "int8", "scale": "column", "scale_format": "fp16"},
            "scale_format = 'fp16' is not supported with result = 'int8'",
        ),
        (
            {"result": "fp32", "scale": "group", "scale_group": 32, "scale_format": "fp16"},
            "scale_format = 'fp16' is not allowed with scale = 'group'",
        ),
        (
            {"result": "bf16", "scale": "tensor", "scale_format": "u33.2"},
            "scale_format = 'u33.2' is not the name of a format for scales",
        ),
    ],
)
def test_refusals(changes: dict[str, Any], sentence: str) -> None:
    """Each in one sentence that names the value."""
    with pytest.raises(RequestError) as caught:
        configure(**changes)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_sums_with_an_exponent() -> None:
    """Exponents widen the range of what is rounded; groups and integers do not go with them."""
    settings: dict[str, Any] = {
        "columns": 2,
        "units": 1,
        "bound": 9,
        "total": 9,
        "exponents": (-9, 4),
        "invalid": True,
    }
    plan = ExitPlan(result=Float.parse("fp16"), **settings)
    assert plan.product_exponents == (-9, 4)
    fixed = ExitPlan(
        result=Float.parse("fp16"), scale=Scale.COLUMN, scale_format=Fixed(4, 3), **settings
    )
    assert fixed.product_exponents == (-12, 1)
    with pytest.raises(RequestError, match="use a float"):
        ExitPlan(result=Integer(32, signed=True), **settings)
    with pytest.raises(RequestError, match="carry an exponent each"):
        ExitPlan(
            result=Float.parse("fp16"), scale=Scale.GROUP, scale_format=Fixed(4, 3), **settings
        )


@pytest.mark.parametrize(("bits", "signed"), [(8, False), (33, True)])
def test_integer_results_are_signed_and_no_wider_than_32_bits(bits: int, signed: bool) -> None:
    with pytest.raises(RequestError, match="use intN with N from 2 to 32"):
        ExitPlan(columns=1, units=1, result=Integer(bits, signed), bound=9, total=9)


def test_fixed_point_formats() -> None:
    """Names there and back, and what is refused."""
    assert Fixed.parse("u16.24") == Fixed(16, 24)
    assert Fixed(1, 0).name == "u1.0"
    assert Fixed(4, 1).largest_code == 15
    for name in ("u0.1", "16.24", "u16", "u16.024", "s8.2", 3):
        with pytest.raises(RequestError, match="is not a fixed-point format"):
            Fixed.parse(name)  # pyright: ignore[reportArgumentType]
    with pytest.raises(RequestError, match="is not supported"):
        Fixed.parse("u16.64")


def test_constant_exponent_counts_beside_a_float_scale() -> None:
    """The product's exponent is the sums' own one, a constant, plus that of the scale."""
    scale = Float.parse("bf16")
    plan = ExitPlan(
        columns=1,
        units=1,
        result=scale,
        scale=Scale.COLUMN,
        scale_format=scale,
        bound=20,
        total=20,
        exponents=(-9, -9),
    )
    one = scale.bias << scale.fraction_bits
    product = Gates(Scaling(plan))(sum=np.array([3]), scale=one)["product"]
    field = product_shape(plan)["exponent"]
    exponent = int(product[0]) >> field.offset & (1 << field.width) - 1
    assert exponent == (-9 - scale.fraction_bits) % (1 << field.width)
