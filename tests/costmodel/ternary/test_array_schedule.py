"""Schedules in arrays: equal to those of configurations, one by one, and those to simulation."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np
import pytest

from costmodel.system.gemm import Gemm
from costmodel.ternary.cores import load_cores
from costmodel.ternary.schedule import cycles, streams
from hw.errors import RequestError
from hw.ternary import (
    ComplexLut,
    TernaryConfiguration,
    TernaryLut,
    TernaryMultiplier,
    TernarySignflip,
    Workload,
)

UNITS = {unit.unit: unit for unit in (TernaryLut, TernarySignflip, TernaryMultiplier, ComplexLut)}
LONGEST, MOST, VECTORS = 400, 90, 5  # inputs, outputs and batch that cores are made for
RANGES: dict[str, list[Any]] = {
    "unit": list(UNITS),
    "group": [1, 2, 3, 4, 5],
    "luts": [1, 2, 3, 4, 8],
    "columns": [1, 3, 8, 17],
    "planes": [1, 1, 2, 4],
    "style": ["", "", "", "float", "exact", "aligned"],
    "activation": ["int8", "uint4", "int3", "fp8_e4m3", "fp16"],
    "adder_stages": [0, 0, 1, 3],
    "accumulator_bits": [0, 0, 40],
    "packing": ["keys", "keys", "codes", "trits5", "tl2", "sparse34"],
    "table_register": [False, True],
    "reduce_register": [False, True],
    "sequencer": [False, True],
    "loop": ["reduction", "reduction", "table"],
    "result": ["", "", "bf16", "int8", "fp32"],
    "scale": ["none", "tensor", "column", "group"],
    "scale_group": [0, 0, 32, 48, 96],
    "scale_format": ["", "u8.8", "u16.24", "bf16"],
    "exits": [0, 0, 1, 3],
    "exit_register": [False, False, True],
}


def made(parameters: dict[str, Any]) -> TernaryConfiguration | None:
    """The configuration; None if it cannot exist."""
    unit = UNITS[parameters["unit"]]
    given = {key: value for key, value in parameters.items() if key != "unit"}
    try:
        return unit(workload=Workload(inputs=LONGEST, outputs=MOST, batch=VECTORS), **given)
    except RequestError:
        return None


def configurations(count: int, seed: int) -> list[tuple[dict[str, Any], TernaryConfiguration]]:
    """Random ones that exist; values are drawn so that most draws with an exit do not."""
    rng = np.random.default_rng(seed)
    configurations = []
    while len(configurations) < count:
        drawn = {key: values[rng.integers(len(values))] for key, values in RANGES.items()}
        if not drawn["result"]:
            drawn |= {"scale": "none", "exits": 0, "exit_register": False}
        if drawn["scale"] == "none":
            drawn["scale_format"] = ""
        if drawn["scale"] != "group":
            drawn["scale_group"] = 0
        if drawn["activation"] in ("int8", "uint4", "int3"):
            drawn["style"] = ""
        if drawn["style"] != "float":
            drawn["adder_stages"] = 0
        else:
            drawn["accumulator_bits"] = 0
        if configuration := made(drawn):
            configurations.append((drawn, configuration))
    return configurations


@pytest.fixture(scope="module")
def designs() -> list[tuple[dict[str, Any], TernaryConfiguration]]:
    return configurations(400, 1)


def test_random_designs_are_many_kinds(designs: list[Any]) -> None:
    """Every value of every parameter occurs, and every one of them matters below."""
    for key, values in RANGES.items():
        assert {drawn[key] for drawn, _ in designs} == set(values), key


def test_cycles_and_traffic_are_those_of_each_configuration(designs: list[Any]) -> None:
    """400 random designs at once, 12 random lists of products, words and bits of all streams."""
    columns = {key: np.array([drawn[key] for drawn, _ in designs]) for key in RANGES}
    cores = load_cores(columns, LONGEST)
    rng = np.random.default_rng(2)
    for _ in range(12):
        gemms = random_gemms(rng)
        products = [
            (gemm.inputs, gemm.outputs, gemm.vectors) for gemm in gemms for _ in range(gemm.repeat)
        ]
        counted = total(cycles(cores, gemms))
        for i, (drawn, configuration) in enumerate(designs):
            assert counted[i] == configuration.cycles(*products), (drawn, products)
        gemm = gemms[0]
        driven = streams(cores, gemm)
        for i, (drawn, configuration) in enumerate(designs):
            wanted = configuration.schedule([(gemm.inputs, gemm.outputs, gemm.vectors)])
            assert driven.tiles[i] == wanted.tiles, drawn
            for stream in driven.words:
                words, bits = driven.words[stream][i], driven.word_bits[stream][i]
                if traffic := wanted.traffic.get(stream):
                    assert (words, bits) == (traffic.words, traffic.word_bits), (stream, drawn)
                else:
                    assert words == 0


def random_gemms(rng: np.random.Generator) -> list[Gemm]:
    """One to four products within the cores' workload, some many times."""
    return [
        Gemm(
            "",
            outputs=int(rng.integers(1, MOST, endpoint=True)),
            inputs=int(rng.choice([1, 5, 60, LONGEST])),
            vectors=int(rng.integers(1, VECTORS, endpoint=True)),
            repeat=int(rng.choice([1, 2, 3, 9, 30])),
        )
        for _ in range(rng.integers(1, 5))
    ]


def test_an_open_mesh_is_the_same_as_a_table() -> None:
    """What depends on two axes is computed on those."""
    axes = (
        np.array([1, 4, 16])[:, None, None],
        np.array([4, 32])[:, None],
        np.array(["int8", "int4"]),
    )
    unit = {"unit": np.array("ternary_lut")}
    mesh = load_cores(unit | dict(zip(("luts", "columns", "activation"), axes, strict=True)), 100)
    flat = np.broadcast_arrays(*axes)
    table = load_cores(
        unit | {n: a.ravel() for n, a in zip(("luts", "columns", "activation"), flat, strict=True)},
        100,
    )
    gemms = [Gemm("a", 40, 100, 3), Gemm("b", 7, 30)]
    assert mesh.fact["accumulator_bits"].shape == (2,)
    counted = np.broadcast_to(total(cycles(mesh, gemms)), (3, 2, 2))
    assert np.array_equal(counted.ravel(), total(cycles(table, gemms)))
    bits = streams(table, gemms[0]).word_bits["initial"]
    assert np.array_equal(
        np.broadcast_to(streams(mesh, gemms[0]).word_bits["initial"], (3, 2, 2)).ravel(), bits
    )


def test_cores_share_blocks() -> None:
    """Seven blocks: four and three on two cores, one each on seven and on eight."""
    columns = {"luts": np.array(4), "columns": np.array(3), "activation": np.array("int8")}
    columns["unit"] = np.array("ternary_lut")
    cores, gemm = load_cores(columns, 80), Gemm("", 20, 80, 2)
    tiles = [int(streams(cores, gemm, n).tiles) for n in (1, 2, 7, 8)]
    assert tiles == [7 * 10 * 2, 4 * 10 * 2, 10 * 2, 10 * 2]
    assert [int(cycles(cores, [gemm], n)[0]) for n in (1, 2, 7)] == [141, 81, 21]


def test_what_cannot_be() -> None:
    """A product of nothing; columns that say too little."""
    with pytest.raises(RequestError, match=r"up: outputs = 0 is not allowed: .* from 1 to 1048576"):
        Gemm("up", 0, 3)
    stated = {"unit": "ternary_lut", "luts": 1, "columns": 1, "activation": "int8"}
    for name in stated:
        with pytest.raises(RequestError, match=f"the column {name} is missing"):
            load_cores({key: np.array(value) for key, value in stated.items() if key != name}, 1)


def total(parts: Sequence[np.ndarray[Any, Any]]) -> np.ndarray[Any, Any]:
    return reduce(np.add, parts)
