"""Loop orders and tiles without work in the simulator: exact, in the stated cycles, stalled."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hw.errors import RequestError
from hw.formats import Integer
from hw.ternary import TernaryConfiguration, TernarySignflip, Workload, component
from hw.ternary.choices import Loop
from sim.lint import lint
from sim.simulate import random_work, simulate
from sim.ternary.product import Product
from sim.ternary.sparsity import kept_tiles
from sim.ternary.streams import streams
from sim.ternary.waivers import WAIVERS
from sim.verilog import to_verilog
from tests.mutants import broken
from tests.support import product, small_core

_SHAPES = [(9, 7, 3), (2, 2, 2), (40, 20, 2)]


def check(c: TernaryConfiguration) -> None:
    """Tails and batches, back to back: the scheduled cycles without stalls, and exact with them."""
    assert lint(to_verilog(component(c), "dut"), "dut", WAIVERS) == []
    products = [product(c, shape, seed=seed) for seed, shape in enumerate(_SHAPES)]
    simulation = simulate(c, products)
    assert simulation.faults == ()
    assert simulation.cycles == c.schedule(_SHAPES).cycles
    assert simulation.checked == sum(c.blocks(m) * batch for _, m, batch in _SHAPES)
    assert simulate(c, products, stall=0.4, seed=1).faults == ()


@pytest.mark.parametrize(("reduce_register", "sequencer"), [(False, False), (True, True)])
def test_tables_stay(reduce_register: bool, sequencer: bool) -> None:
    """The table-stationary loop, with as little and as much around it as there may be."""
    check(small_core(loop="table", reduce_register=reduce_register, sequencer=sequencer))


@pytest.mark.long
@pytest.mark.parametrize(("reduce_register", "sequencer"), [(True, False), (False, True)])
def test_tables_stay_in_between(reduce_register: bool, sequencer: bool) -> None:
    """The other two."""
    check(small_core(loop="table", reduce_register=reduce_register, sequencer=sequencer))


def test_tables_stay_for_one_block() -> None:
    """All outputs in one block: a partial sum a column, read and written every cycle."""
    c = TernarySignflip(
        luts=3,
        columns=4,
        activation=Integer.parse("uint4"),
        loop=Loop.TABLE,
        table_register=True,
        workload=Workload(inputs=10, outputs=4, batch=3, bias_limit=9),
    )
    assert c.partial_sums == 1
    products = random_work(c, 5, seed=1)
    simulation = simulate(c, products)
    assert simulation.faults == ()
    assert simulation.cycles == c.schedule([product.shape for product in products]).cycles


def test_activations_are_sent_once() -> None:
    """Table-stationary streams have each vector's tiles once, and flags that say when to go on."""
    c = small_core(loop="table", sequencer=False)
    words = streams(c, [product(c, (9, 7, 2))]).inputs
    assert words["activations"].order.tolist() == [0, 1, 2, 3, 4, 5]
    flags = [word >> c.luts * c.columns * c.key_bits for word in words["weights"].integers()]
    first, last, release = 1, 2, 4
    vector = [first, first, first + release, 0, 0, release, last, last, last + release]
    assert flags == 2 * vector


def _with_zero_tiles(c: TernaryConfiguration) -> list[Product]:
    """Products with tiles of zeros at the start, amid and at the end of sums, and a sum of them."""
    sparse = product(c, (40, 9, 2), seed=3)
    sparse.weights[:8, :3] = sparse.weights[16:24, :3] = sparse.weights[36:, :3] = 0
    sparse.weights[:, 3:6] = 0
    zeros = product(c, (9, 2, 1), weight=0)
    return [sparse, zeros, product(c, (9, 7, 2), weight=1)]


def test_tiles_of_zeros_are_left_out() -> None:
    """No cycle for a tile without a weight, the same results, whatever its activations."""
    c = small_core(sequencer=False)
    products = _with_zero_tiles(c)
    kept = [int(kept_tiles(c, product.weights).sum()) for product in products]
    assert kept == [5 + 1 + 10, 1, 9]
    simulation = simulate(c, products, skip_zero_tiles=True)
    assert simulation.faults == ()
    shapes = [product.shape for product in products]
    assert simulation.cycles == c.schedule(shapes, kept).cycles < c.schedule(shapes).cycles
    for work, result in zip(products, simulation.results, strict=True):
        np.testing.assert_array_equal(result, work.activations @ work.weights + work.bias)
    assert simulate(c, products, skip_zero_tiles=True, stall=0.4).faults == ()


def test_tiles_that_the_core_counts_stay() -> None:
    """A sequencer, or blocks that take turns, refuse."""
    for c in (small_core(), small_core(sequencer=False, loop="table")):
        with pytest.raises(RequestError, match="tiles of zeros can be left out only where"):
            simulate(c, [product(c, (9, 7, 2))], skip_zero_tiles=True)


def test_narrow_accumulators_hold_what_they_were_sized_for() -> None:
    """Sums at both ends of the bound that the number of non-zero weights gives."""
    workload = Workload(inputs=40, outputs=6, batch=2, bias_limit=5, nonzeros=6)
    wide = small_core(sequencer=False, workload=replace(workload, nonzeros=0))
    c = small_core(sequencer=False, workload=workload)
    assert (c.bound, wide.bound) == (6 * 128 + 5, 40 * 128 + 5)
    assert (c.accumulator_bits, wide.accumulator_bits) == (11, 14)
    rng = np.random.default_rng(0)
    rank = rng.random((40, 6)).argsort(axis=0).argsort(axis=0)
    weights = np.where(rank < 6, np.repeat([1, -1], 3), 0)
    extreme = Product(np.array([[-128] * 40, [127] * 40]), weights, np.array([-5, 5] * 3))
    assert np.abs(extreme.golden()).max() == c.bound
    simulation = simulate(c, [extreme, *random_work(c, 4, seed=2)])
    assert simulation.faults == ()


def test_a_turn_that_does_not_end_is_noticed() -> None:
    """A broken register of the turns: the next tile starts where the last one ended."""
    c = small_core(loop="table", sequencer=False, reduce_register=False)
    verilog = to_verilog(component(c), "dut")
    pattern = r"turn <= weights_payload\[26\] \? 7'h1 :"
    endless = broken(verilog, pattern, "turn <= 1'b0 ? 7'h1 :")
    products = [product(c, shape, seed=seed) for seed, shape in enumerate(_SHAPES)]
    assert simulate(c, products, verilog=endless).faults
