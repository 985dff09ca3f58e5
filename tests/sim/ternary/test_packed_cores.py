"""Cores fed with packed weights: right results, corrupt words told, a wrong decoder noticed."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from hw.errors import RequestError
from hw.formats import Integer
from hw.modules import flat_ports
from hw.ternary import (
    PACKINGS,
    TernaryConfiguration,
    TernaryLut,
    TernaryMultiplier,
    TernarySignflip,
    Workload,
    component,
    signature,
)
from hw.ternary.choices import PackingName
from sim.job import Job
from sim.lint import lint
from sim.run import run_job
from sim.simulate import random_work, simulate
from sim.simulator import build_simulator
from sim.ternary.packing import unpack_words
from sim.ternary.product import Product
from sim.ternary.random_data import random_product, with_corrupt_words
from sim.ternary.results import results_of
from sim.ternary.streams import streams
from sim.ternary.waivers import WAIVERS
from sim.verilog import to_verilog

Flags = NDArray[np.bool_]

_WORKLOAD = Workload(inputs=26, outputs=5, batch=3, bias_limit=100)


def core(kind: type[TernaryConfiguration], packing: str, **changes: Any) -> TernaryConfiguration:
    """A small core; 26 inputs and 5 outputs are no multiple of anything in it."""
    settings = {"columns": 3, "activation": Integer.parse("int4"), "workload": _WORKLOAD}
    return kind(packing=PackingName(packing), **(settings | changes))


_CORES = [
    core(TernaryLut, "trits5", group=2, luts=3, sequencer=True, reduce_register=True),
    core(TernaryLut, "tl2", group=3, luts=3, table_register=True, sequencer=True),
    core(TernaryMultiplier, "codes", luts=3),
]
_MORE_CORES = [
    core(TernaryLut, "trits5", group=5, luts=2),
    core(TernaryLut, "codes", group=3, luts=2, reduce_register=True),
    core(TernarySignflip, "tl2", luts=4, reduce_register=True, table_register=True),
]
_SPARSE = core(TernaryLut, "sparse34", group=4, luts=2, table_register=True)
_SPARSE_AT_ONCE = core(TernaryLut, "sparse34", group=4, luts=1)


def _name(c: TernaryConfiguration) -> str:
    return f"{c.unit}-{c.packing}-{c.luts}x{c.group}"


every_core = pytest.mark.parametrize(
    "c",
    [*_CORES, *(pytest.param(c, marks=pytest.mark.long) for c in _MORE_CORES)],
    ids=_name,
)
every_sparse_core = pytest.mark.parametrize(
    "c", [_SPARSE, pytest.param(_SPARSE_AT_ONCE, marks=pytest.mark.long)], ids=_name
)


def check(c: TernaryConfiguration) -> None:
    """Clean Verilog; tails of words, tiles and blocks, with and without stalls."""
    assert lint(to_verilog(component(c), "dut"), "dut", WAIVERS) == []
    products = random_work(c, 7, seed=1)
    for stall in (0.0, 0.4):
        simulation = simulate(c, products, stall=stall)
        assert simulation.faults == ()
        assert simulation.checked == 14
    for work, result in zip(products, simulation.results, strict=True):
        np.testing.assert_array_equal(result, work.activations @ work.weights + work.bias)


@every_core
def test_packed_weights(c: TernaryConfiguration) -> None:
    """What a core is fed with changes nothing of what comes out."""
    check(c)


@every_sparse_core
def test_sparse_weights(c: TernaryConfiguration) -> None:
    """Random ones; then every word on least and largest activations."""
    check(c)
    rng = np.random.default_rng(2)
    fours, _ = unpack_words(np.arange(32)[None], "sparse34", 4)
    weights = np.concatenate([fours, fours[:, ::-1]])
    activations = rng.choice((c.operand.minimum, c.operand.maximum), (20, 8))
    assert simulate(c, [Product(activations, weights, np.zeros(32, dtype=int))]).faults == ()


def test_weights_that_are_not_sparse_are_refused() -> None:
    """Before anything is built, with their place."""
    (given,) = random_work(_SPARSE, 2, seed=1)
    weights = given.weights.copy()
    weights[4:8, 1] = 1
    with pytest.raises(RequestError, match=r"weights\[4:8, 1\] = \[1, 1, 1, 1\] are not 3:4"):
        simulate(_SPARSE, [replace(given, weights=weights)])


def _with_words(c: TernaryConfiguration, seed: int) -> tuple[list[int], Product, Flags]:
    """Random weight beats of one product; about half of its outputs meet one corrupt word.

    Returns:
        The beats; the product of the weights that they stand for; for each output, whether it met a
        corrupt word.
    """
    rng = np.random.default_rng(seed)
    (random,) = random_work(c, c.workload.batch, seed=seed)
    inputs, outputs, batch = random.shape
    tiles, blocks = c.tiles(inputs), c.blocks(outputs)
    every_word = np.arange(1 << c.word_bits)
    corrupt = unpack_words(every_word[None], c.packing, 1)[1][0]
    words = rng.choice(every_word[~corrupt], (c.words, tiles, blocks, c.columns))
    for block, column in np.argwhere(rng.random((blocks, c.columns)) < 0.5):
        place = rng.integers(c.words), rng.integers(tiles), block, column
        words[place] = rng.choice(every_word[corrupt])
    weights, met = unpack_words(words, c.packing, c.tile_inputs)

    beats = []
    for block, tile in product(range(blocks), range(tiles)):
        fields = words[:, tile, block].T.ravel().tolist()
        beat = sum(word << c.word_bits * i for i, word in enumerate(fields))
        flags = (tile == 0) | (tile == tiles - 1) << 1
        beats.append(beat if c.sequencer else beat | flags << c.word_bits * len(fields))

    # what lies beyond the last input meets activations of 0
    wanted = weights.transpose(1, 0, 2, 3).reshape(tiles * c.tile_inputs, -1)
    activations = np.pad(random.activations, [(0, 0), (0, len(wanted) - inputs)])
    bias = np.resize(random.bias, wanted.shape[1])
    return batch * beats, Product(activations, wanted, bias), met.sum(axis=(0, 1)) > 0


@every_core
def test_corrupt_words_are_zeros_and_flagged(c: TernaryConfiguration) -> None:
    """The sums are those of zeros in their place; just the sums that met one have the flag.

    A sum that comes after a corrupt one is clean again: the vectors of a batch follow each other.
    """
    beats, given, met = _with_words(c, seed=4)
    assert {True, False} == set(met.ravel().tolist())
    wanted = streams(c, [given])
    inputs = {name: words.integers() for name, words in wanted.inputs.items()}
    assert len(inputs["weights"]) == len(beats)
    flags = [sum(int(flag) << i for i, flag in enumerate(block)) for block in met]
    expected = [
        word | flags[i % len(flags)] << c.columns * c.accumulator_bits
        for i, word in enumerate(wanted.results.integers())
    ]
    ports = ["clk", "rst", *(port for port, _ in flat_ports(signature(c)))]
    simulator = build_simulator(to_verilog(component(c), "dut"), "dut", ports)
    job = Job(inputs | {"weights": beats}, {"results": expected}, stall=0.3, patience=200, seed=1)
    outcome = run_job(simulator, "dut", job)
    assert outcome.faults == []
    assert outcome.checked == len(expected) == c.workload.batch * len(met)
    size = wanted.results.table.shape[1]
    received = b"".join(word.to_bytes(size, "little") for word in outcome.words["results"])
    words = np.frombuffer(received, dtype=np.uint8).reshape(-1, size)
    (result,) = results_of(c, words, [given])
    np.testing.assert_array_equal(result, given.activations @ given.weights + given.bias)


_TABLE: dict[str, Any] = {"loop": "table", "table_register": True}
_TABLES_STAY = [
    core(TernarySignflip, "trits5", luts=7, **_TABLE),
    core(TernaryLut, "codes", group=2, luts=3, sequencer=True, reduce_register=True, **_TABLE),
    core(TernaryLut, "tl2", group=3, luts=3, workload=replace(_WORKLOAD, outputs=3), **_TABLE),
]


def _flags_by_hand(c: TernaryConfiguration, given: Product) -> list[int]:
    """The flags of all sums, word by word: vector, tile, block, column."""
    inputs, outputs, batch = given.shape
    tiles, blocks = c.tiles(inputs), c.blocks(outputs)
    assert given.corrupt is not None
    results = []
    for _ in range(batch):
        met = [0] * blocks
        for tile, block, k, word in product(*map(range, (tiles, blocks, c.columns, c.words))):
            output = block * c.columns + k
            if output < outputs and given.corrupt[tile * c.words + word, output] >= 0:
                met[block] |= 1 << k
        results += met
    return results


@pytest.mark.parametrize("c", _TABLES_STAY, ids=_name)
def test_blocks_in_turns_have_flags_of_their_own(c: TernaryConfiguration) -> None:
    """Where tables stay, tiles of other sums come in between; a flag is that of its own sum."""
    rng = np.random.default_rng(3)
    outputs = c.workload.outputs
    given = [
        with_corrupt_words(c, random_product(c, shape, rng), rng)
        for shape in ((26, outputs, 3), (26, 1, 2), (5, outputs, 1), (19, outputs, 3))
    ]
    wanted = [flags for flags_product in given for flags in _flags_by_hand(c, flags_product)]
    assert len(set(wanted)) > 2
    expected = streams(c, given).results.integers()
    assert [word >> c.columns * c.accumulator_bits for word in expected] == wanted
    for stall in (0.0, 0.4):
        simulation = simulate(c, given, stall=stall)
        assert simulation.faults == ()
        assert simulation.checked == len(wanted)


def test_blocks_that_share_a_flag_are_noticed() -> None:
    """A register that another block's tiles write, too."""
    c = _TABLES_STAY[0]
    verilog = to_verilog(component(c), "dut")
    shared, count = re.subn(r"if \(block_write\[1\]\) corrupt", "if (accumulate) corrupt", verilog)
    assert count == 1
    rng = np.random.default_rng(3)
    given = with_corrupt_words(c, random_product(c, (26, 5, 3), rng), rng)
    assert simulate(c, [given], verilog=shared).mismatches > 0


def test_words_that_cannot_be_corrupt_are_refused() -> None:
    """Words of weights, words over weights that are not 0, cores that tell of none."""
    c = _TABLES_STAY[0]
    rng = np.random.default_rng(3)
    given = with_corrupt_words(c, random_product(c, (26, 5, 3), rng), rng)
    assert given.corrupt is not None
    for change, sentence in (
        ({"corrupt": np.where(given.corrupt >= 0, 121, -1)}, "a word that stands for weights"),
        ({"weights": np.ones_like(given.weights)}, "in the place of corrupt words must be 0"),
        ({"corrupt": given.corrupt[1:]}, r"corrupt has shape \(7, 5\) where \(8, 5\) is wanted"),
    ):
        with pytest.raises(RequestError, match=sentence):
            replace(given, **change).check(c)
    with pytest.raises(RequestError, match="packing = 'keys' has no words that stand for no"):
        given.check(core(TernarySignflip, "keys", luts=7))


def test_wrong_order_of_trits_is_noticed() -> None:
    """The first and the last trit of every byte swapped: the bench tells."""
    c = _CORES[0]
    verilog = to_verilog(component(c), "dut")
    swapped, count = re.subn(
        r"assign trits\[([0189])\] =",
        lambda bit: f"assign trits[{(int(bit[1]) + 8) % 16}] =",
        verilog,
    )
    assert count == 4
    products = random_work(c, 7, seed=1)
    assert simulate(c, products, verilog=verilog).faults == ()
    assert simulate(c, products, verilog=swapped).mismatches > 0


@pytest.mark.parametrize("name", sorted(PACKINGS))
def test_result_fields(name: str) -> None:
    """Flags stand above the sums where words can be corrupt, and nowhere else."""
    c = core(TernaryLut, name, group=4, luts=2)
    ports = dict(flat_ports(signature(c)))
    width = ports["results_payload"].shape.size  # pyright: ignore[reportAttributeAccessIssue]
    assert width == c.columns * (c.accumulator_bits + bool(PACKINGS[name].corrupt))


def test_exit_behind_packed_weights() -> None:
    """Scaled results of packed weights; the weights' flags become a port."""
    c = core(
        TernaryLut, "trits5", group=2, luts=3, result="int8", scale="column", scale_format="u1.7"
    )
    assert ("corrupt", c.columns) in [
        (port, member.shape) for port, member in flat_ports(signature(c))
    ]
    simulation = simulate(c, random_work(c, 7, seed=1), stall=0.3, directed=True)
    assert simulation.faults == ()
    assert simulation.checked > 0


def test_wrong_port_behind_an_exit_is_noticed() -> None:
    """A flag that never rises, and one that rises for another column."""
    c = core(TernaryLut, "codes", group=2, luts=3, result="int16")
    verilog = to_verilog(component(c), "dut")
    place = r"else corrupt <= (corrupt \|[^;]*core_results_payload[^;]*);"
    for instead in (r"else corrupt <= corrupt;", r"else corrupt <= ~(\1);"):
        broken, count = re.subn(place, instead, verilog)
        assert count == 1
        (given,) = random_work(c, 3, seed=1)
        met = with_corrupt_words(c, given, np.random.default_rng(1))
        assert met.met_corrupt().any()
        assert any("corrupt is" in fault for fault in simulate(c, [met], verilog=broken).faults)
