"""Schedules against the streams that a bench drives: words, their widths, what is sent again."""

from __future__ import annotations

from typing import Any

import pytest
from amaranth.hdl import Shape

from hw.ternary import (
    TernaryConfiguration,
    TernaryLut,
    TernaryMultiplier,
    TernarySignflip,
    Workload,
    signature,
)
from sim.simulate import random_products
from sim.ternary import streams

_SHAPE: dict[str, Any] = {
    "luts": 2,
    "columns": 3,
    "workload": Workload(inputs=70, outputs=8, batch=3, bias_limit=4),
}
_INT8: dict[str, Any] = {"activation": "int8", **_SHAPE}
_CORES = {
    "keys": TernaryLut(group=2, **_INT8),
    "sequencer": TernaryLut(group=2, sequencer=True, **_INT8),
    "table": TernaryLut(group=2, table_register=True, loop="table", **_INT8),
    "trits5": TernaryLut(group=3, packing="trits5", **_INT8),
    "codes": TernaryMultiplier(packing="codes", **_INT8),
    "sparse34": TernaryLut(group=4, packing="sparse34", **_INT8),
    "planes": TernarySignflip(planes=3, **_INT8),
    "scales": TernaryLut(
        group=2, result="int8", scale="group", scale_group=32, scale_format="u8.6", **_INT8
    ),
    "float": TernaryLut(group=2, activation="fp16", style="float", adder_stages=4, **_SHAPE),
    "multiplier": TernaryMultiplier(activation="fp8_e5m2", style="float", **_SHAPE),
    "exact": TernaryLut(group=2, activation="fp8_e4m3", style="exact", result="fp16", **_SHAPE),
    "aligned": TernarySignflip(activation="bf16", style="aligned", exits=2, **_SHAPE),
}


@pytest.mark.parametrize("name", _CORES)
def test_traffic_is_what_a_bench_drives(name: str) -> None:
    """The words of every stream, and how wide they are."""
    c: TernaryConfiguration = _CORES[name]
    (product,) = random_products(c, 3, seed=5)
    driven = streams(c, [product])
    found = c.schedule([product.shape]).traffic
    words = {stream: len(each) for stream, each in driven.inputs.items() if stream != "command"}
    words["results"] = len(driven.results)
    assert {stream: traffic.words for stream, traffic in found.items()} == words
    for stream, traffic in found.items():
        payload = signature(c).members[stream].signature.members["payload"].shape
        assert Shape.cast(payload).width == traffic.word_bits, stream
