"""Schedules: figures by hand, and what they say of the circuit against the circuit."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from amaranth.hdl import Shape

from hw.errors import RequestError
from hw.formats import Integer
from hw.modules import to_rtlil
from hw.ternary import TernaryConfiguration, TernarySignflip, Workload, component, signature
from tests.support import run_yosys, small_core

BOTH = pytest.mark.parametrize("loop", ["reduction", "table"])


def core(**changes: Any) -> TernaryConfiguration:
    """Tiles of 4 inputs and 3 outputs, no sequencer."""
    return small_core(sequencer=False, **changes)


@BOTH
def test_one_product_by_hand(loop: str) -> None:
    """N = 10, M = 7, 2 vectors: 3 tiles, 3 blocks, 18 tiles of weights in all."""
    schedule = core(loop=loop).schedule([(10, 7, 2)])
    assert (schedule.tiles, schedule.cycles) == (18, 18 + 3)
    assert (schedule.weights, schedule.slots) == (140, 18 * 12)
    assert schedule.utilisation == 140 / 216
    assert schedule.weights_per_cycle == 140 / 21
    words = {stream: traffic.words for stream, traffic in schedule.traffic.items()}
    sends = {stream: traffic.sends for stream, traffic in schedule.traffic.items()}
    often = 3 if loop == "reduction" else 1
    assert words == {"activations": 6 * often, "weights": 18, "initial": 6, "results": 6}
    assert sends == {"activations": often, "weights": 2, "initial": 2, "results": 1}
    assert schedule.traffic["activations"].bits == 6 * often * 32
    assert schedule.traffic["activations"].bytes == 6 * often * 4
    weight_bits = 2 * 3 * 4 + (2 if loop == "reduction" else 3)
    assert schedule.buffers == {
        "activations": 3 * 32 if loop == "reduction" else 0,
        "weights": 9 * weight_bits,
        "initial": 3 * 3 * schedule.traffic["results"].word_bits // 3,
    }


def test_products_add_up() -> None:
    """Several products: sums of all but the pipeline's ends, the largest buffers."""
    one, other = (10, 7, 2), (40, 20, 1)
    c = core()
    schedule, first, second = c.schedule([one, other]), c.schedule([one]), c.schedule([other])
    assert schedule.tiles == first.tiles + second.tiles == 18 + 70
    assert schedule.cycles == c.cycles(one, other) == 88 + 3
    for stream, traffic in schedule.traffic.items():
        assert traffic.bits == first.traffic[stream].bits + second.traffic[stream].bits
    assert schedule.buffers["activations"] == 10 * 32
    assert second.buffers["weights"] == 0  # one vector: sent once


def test_tiles_of_zeros_cost_no_cycle() -> None:
    """Each tile left out saves a cycle a vector, its keys and its activations."""
    c = core()
    full, schedule = c.schedule([(10, 7, 2)]), c.schedule([(10, 7, 2)], kept_tiles=[5])
    assert schedule.cycles == full.cycles - 4 * 2
    assert (
        schedule.tiles
        == schedule.traffic["weights"].words
        == schedule.traffic["activations"].words
        == 10
    )
    assert schedule.traffic["initial"] == full.traffic["initial"]
    assert schedule.utilisation == 140 / 120


@BOTH
@pytest.mark.parametrize("sequencer", [False, True])
def test_words_are_as_wide_as_the_ports(loop: str, sequencer: bool) -> None:
    """The stated width of each word is that of the circuit's payload."""
    c = small_core(loop=loop, sequencer=sequencer)
    streams = signature(c).members
    for stream, traffic in c.schedule([(4, 3, 1)]).traffic.items():
        payload = streams[stream].signature.members["payload"].shape
        assert traffic.word_bits == Shape.cast(payload).width


@pytest.mark.parametrize(
    "changes",
    [
        {"result": "int8", "scale": "tensor", "scale_format": "u8.8"},
        {"result": "bf16", "scale": "column", "scale_format": "u8.8", "exits": 2},
        {"result": "bf16", "scale": "group", "scale_format": "u16.24", "scale_group": 32},
        {"style": "aligned", "activation": "fp16"},
    ],
)
def test_the_exit_and_the_styles_have_words_too(changes: dict[str, Any]) -> None:
    """The streams of an exit are as wide as its ports; a sum leaves in so many beats."""
    c = small_core(**changes)
    streams = signature(c).members
    schedule = c.schedule([(40, 7, 2)])
    assert set(schedule.traffic) == set(streams) - {"command"}
    for stream, traffic in schedule.traffic.items():
        payload = streams[stream].signature.members["payload"].shape
        assert traffic.word_bits == Shape.cast(payload).width
    assert schedule.cycles == c.cycles((40, 7, 2))
    assert schedule.traffic["results"].words == 3 * 2 * c.beats


@pytest.mark.parametrize(
    ("changes", "control"),
    [
        ({"reduce_register": False}, 1 + 1),  # results and tables are there
        ({}, 1 + 1 + 1 + 2),  # and the reduced sum with its flags
        ({"loop": "table"}, 1 + 1 + 1 + 3 + 7),  # three flags, and whose turn it is
        ({"loop": "table", "reduce_register": False, "group": 3}, 1 + 1 + 7),
    ],
)
def test_registers_are_the_circuits(changes: dict[str, Any], control: int, tmp_path: Path) -> None:
    """Data and control together are all flip-flops that there are."""
    c = core(**changes)
    (tmp_path / "core.il").write_text(to_rtlil(component(c), "dut"))
    commands = [f"read_rtlil {tmp_path}/core.il", "hierarchy -top dut", "proc", "flatten", "opt"]
    done = run_yosys([*commands, "simplemap", "opt_clean", "stat"])
    cells = re.findall(r"^\s+(\d+)(?:\s+\S+)?\s+\$_\w*DFF\w*_$", done.stdout, re.MULTILINE)
    assert sum(map(int, cells)) == sum(c.schedule([(4, 3, 1)]).registers.values()) + control


def test_what_cannot_be_scheduled() -> None:
    """Products that the core does not carry, tiles that cannot be left out."""
    c = core()
    limits = r"the data has 41 inputs, more than workload.inputs = 40"
    with pytest.raises(RequestError, match=limits):
        c.schedule([(41, 3, 1)])
    c.schedule([(40, 21, 9)])  # what sizes nothing is free
    with pytest.raises(RequestError, match=r"21 outputs, more than workload.outputs = 20"):
        core(loop="table").schedule([(40, 21, 1)])
    with pytest.raises(RequestError, match=r"9 batch, more than workload.batch = 8"):
        small_core().schedule([(40, 20, 9)])
    with pytest.raises(RequestError, match="at least one product"):
        c.schedule([])
    with pytest.raises(RequestError, match="inputs = 0 is not allowed"):
        c.schedule([(0, 3, 1)])
    for kept in ([2], [10]):  # a tile for each of three blocks, nine there are
        with pytest.raises(RequestError, match=rf"kept_tiles = {kept[0]} .* from 3 to 9"):
            c.schedule([(10, 7, 2)], kept_tiles=kept)
    with pytest.raises(RequestError, match="2 counts of tiles for 1 products"):
        c.schedule([(10, 7, 2)], kept_tiles=[3, 3])
    for counting in (small_core(), core(loop="table"), core(result="bf16")):
        with pytest.raises(RequestError, match="tiles of zeros can be left out only where"):
            counting.schedule([(10, 7, 2)], kept_tiles=[3])


def test_signflip_has_schedules_too() -> None:
    """A schedule asks nothing of tables."""
    c = TernarySignflip(
        luts=8, columns=8, activation=Integer.parse("int8"), workload=Workload(inputs=9, outputs=9)
    )
    assert c.schedule([(9, 9, 1)]).cycles == 4 + 1
