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
from sim.simulate import random_work
from sim.ternary.streams import streams

_WORKLOAD = Workload(inputs=70, outputs=8, batch=3, bias_limit=4)


def core(kind: type[TernaryConfiguration], **settings: Any) -> TernaryConfiguration:
    """A small core, of int8 unless it is told otherwise."""
    shape: dict[str, Any] = {"luts": 2, "columns": 3, "activation": "int8", "workload": _WORKLOAD}
    return kind(**(shape | settings))


_GROUPS: dict[str, Any] = {"scale": "group", "scale_group": 32, "scale_format": "u8.6"}
_CORES = {
    "keys": core(TernaryLut, group=2),
    "sequencer": core(TernaryLut, group=2, sequencer=True),
    "table": core(TernaryLut, group=2, table_register=True, loop="table"),
    "trits5": core(TernaryLut, group=3, packing="trits5"),
    "codes": core(TernaryMultiplier, packing="codes"),
    "sparse34": core(TernaryLut, group=4, packing="sparse34"),
    "planes": core(TernarySignflip, planes=3),
    "scales": core(TernaryLut, group=2, result="int8", **_GROUPS),
    "float": core(TernaryLut, group=2, activation="fp16", style="float", adder_stages=4),
    "multiplier": core(TernaryMultiplier, activation="fp8_e5m2", style="float"),
    "exact": core(TernaryLut, group=2, activation="fp8_e4m3", style="exact", result="fp16"),
    "aligned": core(TernarySignflip, activation="bf16", style="aligned", exits=2),
}


@pytest.mark.parametrize("name", _CORES)
def test_traffic_is_what_a_bench_drives(name: str) -> None:
    """The words of every stream, and how wide they are."""
    c = _CORES[name]
    (product,) = random_work(c, 3, seed=5)
    driven = streams(c, [product])
    by_stream = c.schedule([product.shape]).traffic
    words = {
        stream: len(payloads) for stream, payloads in driven.inputs.items() if stream != "command"
    }
    words["results"] = len(driven.results)
    assert {stream: traffic.words for stream, traffic in by_stream.items()} == words
    for stream, traffic in by_stream.items():
        payload = signature(c).members[stream].signature.members["payload"].shape
        assert Shape.cast(payload).width == traffic.word_bits, stream
