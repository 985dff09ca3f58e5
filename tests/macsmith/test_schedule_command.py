"""The schedule command: a model's layers, products, the core's sizes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from macsmith.schedule import _bytes
from tests.macsmith.program import Program

_TILE = 32 * 32


def answer(macsmith: Program, *arguments: object) -> dict[str, Any]:
    """What the command says as JSON."""
    ended = macsmith("schedule", *arguments, "--json")
    assert (ended.status, ended.err) == (0, "")
    return json.loads(ended.out)


def test_a_model_on_a_tile_that_divides_it(macsmith: Program) -> None:
    """BitNet 2B4T on 32 x 32 weights a cycle: every slot used, a cycle for each 1024 weights."""
    figures = answer(macsmith, "ternary-int8-32x32", "--workload", "bitnet-2b4t")
    total = figures["total"]
    assert total["tiles"] == 2_084_044_800 // _TILE
    assert total["cycles"] == total["tiles"] + 1
    assert total["utilisation"] == 1
    assert total["products"] == 7 * 30
    assert total["weight_bits"] == 2 * 2_084_044_800
    assert figures["limits"] | {"bias_limit": 0} == {
        "inputs": 6912,
        "outputs": 6912,
        "batch": 1,
        "bias_limit": 0,
    }
    by_name = {layer["name"]: layer for layer in figures["layers"]}
    assert by_name["k"]["cycles"] == 80 * 20 + 1
    assert by_name["down"]["traffic"]["activations"]["sends"] == 80
    assert by_name["down"]["traffic"]["activations"]["bytes"] == 80 * 6912
    assert by_name["down"]["buffer_bits"]["activations"] == 6912 * 8


def test_held_tables_save_the_activations(macsmith: Program) -> None:
    """The same cycles; activations once a vector, a partial sum for each block."""
    arguments = ("ternary-int8-32x32", "-w", "bitnet-0.7b", "--set", "table_register=true")
    one = answer(macsmith, *arguments)
    other = answer(macsmith, *arguments, "--set", "loop=table")
    assert one["total"]["cycles"] == other["total"]["cycles"]
    once = sum(24 * layer["products"][0][0] for layer in other["layers"])
    assert other["total"]["traffic"]["activations"]["bytes"] == once
    assert one["total"]["traffic"]["activations"]["bytes"] > 30 * once
    assert other["total"]["register_bits"]["partial_sums"] == 128 * 32 * 21
    assert one["total"]["register_bits"]["partial_sums"] == 0


def test_products_and_batches(macsmith: Program) -> None:
    """A batch of its own or the common one; the core is sized for the largest."""
    figures = answer(macsmith, "digits", "-w", "64,96,360", "-w", "96,10", "--batch", "7")
    assert [layer["products"] for layer in figures["layers"]] == [[[64, 96, 360]], [[96, 10, 7]]]
    assert figures["limits"]["batch"] == 360
    first, second = 4 * 6 * 360, 6 * 1 * 7
    assert figures["total"]["cycles"] == first + second + 2 + 2


def test_the_designs_own_workload(macsmith: Program) -> None:
    """Without --workload; and as a table for a person."""
    assert answer(macsmith, "digits")["total"]["cycles"] == 6 * 6 * 360 + 1 + 2
    ended = macsmith("schedule", "digits", "--batch", "1")
    assert ended.status == 0
    for text in ("96 x 96 x 1", "39 cycles", "accumulators 240", "576 B", "100.0%"):
        assert text in ended.out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["-w", "bitnet"], "there is no workload 'bitnet'"),
        (["-w", "bitnet-3b", "-w", "3,4"], "names a whole workload, so give it alone"),
        (["-w", "3,4", "-w", "bitnet-3b"], "is neither a workload's name or file nor a product"),
        (["-w", "300,4", "--set", "workload.inputs=20"], "300 inputs, more than workload.inputs"),
        (["-w", "300,4", "--set", "accumulator_bits=9"], "accumulator_bits = 9 is too narrow"),
    ],
)
def test_what_is_refused(macsmith: Program, arguments: list[str], sentence: str) -> None:
    """One sentence, status 2."""
    ended = macsmith("schedule", "ternary-int8-8x8", *arguments)
    assert (ended.status, ended.out) == (2, "")
    assert sentence in ended.err


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.00 kB"),
        (99_900, "99.9 kB"),
        (999_400, "999 kB"),
        (999_936, "1.00 MB"),
        (522e6, "522 MB"),
        (4.5e12, "4,500 GB"),
    ],
)
def test_bytes(count: float, text: str) -> None:
    """Three digits."""
    assert _bytes(count) == text
