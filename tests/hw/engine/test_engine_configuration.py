"""Configurations of matrix engines: widths that follow, and requests that are refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hw.engine import EngineLimits, MatrixEngine
from hw.engine.integer_sum import missing
from hw.errors import RequestError
from hw.formats import Integer
from hw.unit import configured
from tests.engine import engine


@pytest.mark.parametrize(
    ("a", "b", "terms", "sums"),
    [
        ("int8", "", 1, "int16"),  # (-128)**2
        ("int8", "", 4096, "int28"),
        ("uint8", "", 3, "uint18"),
        ("int4", "uint4", 5, "int11"),
        ("uint2", "uint2", 1, "uint4"),
    ],
)
def test_integer_sums_are_as_wide_as_the_longest_one(a: str, b: str, terms: int, sums: str) -> None:
    unit = engine(1, 1, a, b=b, terms=terms, initial=True)
    form = unit.integer_sums
    assert (form.signed, form.bits) == (not sums.startswith("u"), int(sums.split("int")[1]))
    assert unit.sum_bits == form.bits


def test_sums_that_start_at_0_are_as_long_as_a_column() -> None:
    assert engine(8, 2, "int8").sum_bits == 19
    assert engine(8, 2, "int8", initial=True).sum_bits == 28
    short, long = (engine(8, 2, "bf16", accumulator="raw17", initial=i) for i in (False, True))
    assert short.fused is not None
    assert long.fused is not None
    assert (short.fused.workload.terms, long.fused.workload.terms) == (8, 4096)
    assert short.fused.depth == 0


@pytest.mark.parametrize("a", [Integer(3, signed=True), Integer(4, signed=False)])
@pytest.mark.parametrize("b", [Integer(2, signed=True), Integer(3, signed=False)])
def test_what_is_missing_from_products(a: Integer, b: Integer) -> None:
    """Of every pair of numbers the same: what inverted bits count too much."""
    for x in range(a.minimum, a.maximum + 1):
        for y in range(b.minimum, b.maximum + 1):
            counted = 0
            for i in range(a.bits):
                for j in range(b.bits):
                    bit = x >> i & y >> j & 1
                    signs = (a.signed and i == a.bits - 1) + (b.signed and j == b.bits - 1)
                    counted += (bit ^ (signs == 1)) << i + j
            assert (counted + missing((a, b)) - x * y) % (1 << a.bits + b.bits - 1) == 0


@pytest.mark.parametrize(
    ("settings", "latency", "result_bits"),
    [
        ({"a": "int8"}, 5, 17),
        ({"a": "int8", "result": "bf16"}, 6, 16),
        ({"a": "int8", "result": "bf16", "initial": True}, 6, 28),
        ({"a": "bf16", "accumulator": "fp32", "result": "fp32"}, 5, 32),
        ({"a": "bf16", "accumulator": "fp32", "result": "fp32+toward_zero"}, 6, 32),
        ({"a": "fp8_e5m2", "accumulator": "bf16", "result": "fp32", "initial": True}, 6, 32),
    ],
)
def test_latency_and_results(settings: dict[str, Any], latency: int, result_bits: int) -> None:
    unit = engine(3, 2, **settings)
    assert (unit.latency, unit.result_bits) == (latency, result_bits)
    assert (unit.initiation_interval, unit.operations_per_cycle) == (1, 6)
    assert unit.signature() == unit.component().signature


def test_cycles_of_tiles() -> None:
    """The second tile waits for its weights, which are loaded behind the start of the first."""
    unit = engine(3, 2, "int8")
    assert unit.cycles((1,)) == 3 + 1 + 5
    assert unit.cycles((1, 1)) == 3 + 5 + 1 + 5
    assert unit.cycles((12, 12, 7)) == 3 + 24 + 7 + 5


@pytest.mark.parametrize(
    "unit",
    [
        engine(4, 2, "int8", b="uint4", initial=True, terms=100),
        engine(4, 2, "fp16", b="bf16", accumulator="fp32", result="bf16+toward_zero"),
        engine(2, 2, "fp8_e4m3", accumulator="raw12", normalization="2:1,1:3", cut="jam"),
        engine(1, 1, "bf16+flush", accumulator="raw17", multiplier="l_mul", product="normalized"),
    ],
)
def test_parameters_are_those_of_a_design_file(unit: MatrixEngine) -> None:
    stated = json.loads(json.dumps([unit.parameters(), unit.workload.limits()]))
    assert configured(MatrixEngine, *stated) == unit
    assert json.dumps(unit.manifest())


def test_the_manifest_says_where_fields_of_sums_are() -> None:
    unit = engine(2, 2, "fp8_e5m2", accumulator="raw12")
    told = unit.manifest()["sum"]
    fields = told["fields"]
    assert list(fields) == ["significand", "exponent", "sign", "nan", "positive", "negative"]
    assert sum(field["bits"] for field in fields.values()) == told["bits"] == unit.sum_bits


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"rows": 0}, r"rows = 0 is not allowed: it must be a whole number from 1 to 256"),
        ({"columns": 257}, r"columns = 257 is not allowed"),
        ({"rows": True}, r"rows = True is not allowed"),
        ({"a": "posit8_0"}, r"a = 'posit8_0' is not allowed"),
        ({"a": 8}, r"a = 8 is not allowed"),
        ({"b": "bf16"}, r"b = 'bf16' is not allowed with a = 'int8': both must be floats, or both"),
        ({"a": "bf16"}, r"accumulator = '' is not allowed with a = 'bf16': sums of floats need"),
        ({"a": "bf16", "accumulator": "int8"}, r"accumulator = 'int8' is not allowed"),
        ({"accumulator": "fp32"}, r"accumulator = 'fp32' is not allowed with a = 'int8': .* exact"),
        ({"guard_bits": 1}, r"guard_bits = 1 is not allowed with a = 'int8'"),
        ({"cut": "jam"}, r"cut = 'jam' is not allowed with a = 'int8'"),
        ({"a": "bf16", "accumulator": "fp32", "cut": "jam"}, r"cut = 'jam' is not allowed with"),
        ({"a": "bf16", "accumulator": "raw8", "cut": "cup"}, r"cut = 'cup' is not allowed"),
        ({"result": "int8"}, r"result = 'int8' is not allowed"),
        ({"result": 8}, r"result = 8 is not allowed"),
        ({"result": "bf16+stochastic"}, r"results are not rounded with random words"),
        ({"initial": 1}, r"initial = 1 is not allowed: it must be true or false"),
        (
            {"rows": 8, "initial": True, "workload": EngineLimits(7)},
            r"workload.terms = 7 is not allowed with rows = 8: .* at least 8",
        ),
    ],
)
def test_refusals(settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(RequestError, match=sentence):
        MatrixEngine(**{"rows": 2, "columns": 2, "a": "int8"} | settings)


def test_limits_are_refused() -> None:
    with pytest.raises(RequestError, match=r"workload.terms = 0 is not allowed"):
        EngineLimits(0)
