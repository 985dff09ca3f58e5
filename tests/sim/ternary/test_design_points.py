"""Parameter sets over the whole legal space: generated, linted, simulated with stalls.

Eight cores at a time share a simulator, which costs a quarter of eight.
"""

from __future__ import annotations

import pytest

from hw.formats import Integer
from hw.ternary import ComplexLut, TernaryLut
from sim.lint import lint
from sim.simulate import random_work
from sim.ternary.waivers import WAIVERS
from sim.together import Together
from tests.points import EXACT, POINTS, draw

_AT_ONCE = 8


@pytest.mark.parametrize("start", range(0, POINTS, _AT_ONCE))
def test_design_points(start: int) -> None:
    """Clean Verilog, right results with and without stalls, the stated cycles."""
    points = [draw(number) for number in range(start, start + _AT_ONCE)]
    cores = Together(points)
    assert lint(cores.verilog, cores.top, WAIVERS) == []
    products = [
        random_work(point, 2 * point.workload.batch + 1, seed=start + i)
        for i, point in enumerate(points)
    ]
    for stall in (0.0, 0.4):
        simulations = cores.simulate(products, stall=stall, seed=start, directed=not stall)
        for point, simulation in zip(points, simulations, strict=True):
            assert simulation.faults == (), point
            assert simulation.checked > 0


def test_points_cover_the_space() -> None:
    """Every unit, style, format, packing, scale, order and register setting occurs."""
    points = [draw(number) for number in range(POINTS)]
    assert len(points) >= 100
    assert {(point.unit, point.style) for point in points} == {
        ("complex_lut", "integer"),
        *(
            (f"ternary_{unit}", style)
            for unit in ("lut", "signflip", "multiplier")
            for style in ("integer", "float", "exact", "aligned")
        ),
    }
    assert {p.group for p in points if isinstance(p, TernaryLut)} == set(range(1, 8))
    assert {p.group for p in points if isinstance(p, ComplexLut)} == set(range(1, 5))
    for style in ("integer", "exact", "aligned"):
        registers = {
            (p.table_register, p.reduce_register, p.sequencer) for p in points if p.style == style
        }
        assert len(registers) == 8, style
    floats = [p for p in points if p.style == "float"]
    assert {p.adder_stages for p in floats} == set(range(6))
    assert {p.adder_stages for p in floats if p.multiplies} == {1, 3, 5}
    formats = {"fp8_e4m3", "fp8_e5m2", "fp16", "bf16", "fp32"}
    assert {p.activation.name for p in floats} == formats
    assert {p.arithmetic.addition.name for p in floats} == formats - {"fp8_e4m3"}
    assert {p.arithmetic.accumulation.name for p in floats} >= {"fp16", "fp32"}
    assert {p.activation.name for p in points if p.style == "aligned"} == formats
    assert {p.activation.name for p in points if p.style == "exact"} == set(EXACT)
    assert {p.aligned_bits for p in points} >= {4, 7, 24, 48}
    integers = [p.activation for p in points if isinstance(p.activation, Integer)]
    assert {a.bits for a in integers} == set(range(2, 17))
    assert {a.signed for a in integers} == {False, True}
    for style in ("integer", "exact", "aligned"):
        packings = {p.packing for p in points if p.style == style}
        assert packings >= {"keys", "codes", "trits5", "tl2"}, style
    assert "sparse34" in {p.packing for p in points}
    assert {p.planes for p in points} == {1, 2, 3, 4}
    assert {(p.loop, p.sequencer) for p in points} == {
        (loop, sequencer) for loop in ("reduction", "table") for sequencer in (False, True)
    }
    assert {p.scale for p in points} == {"none", "tensor", "column", "group"}
    assert {p.result for p in points} >= {"", "int2", "int8", "int32", "fp16", "bf16", "fp32"}
    assert {p.exit_register for p in points if p.exit_plan} == {False, True}
    assert {p.beats for p in points} >= {1, 2, 3}
    assert {p.luts % 2 for p in points} == {p.columns % 2 for p in points} == {0, 1}
    assert any(p.workload.inputs % p.tile_inputs for p in points)
    assert any(p.workload.outputs % p.columns for p in points)
