"""Block formats on SIMD units: exact sums of blocks, scales and all, against exact fractions."""

from __future__ import annotations

import json
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
import pytest

from hw.errors import RequestError
from hw.formats import NAMED_BLOCKS, parse_block
from hw.simd import SimdMac
from macsmith.design import load_design
from sim.formats import decode, dequantize, encode, quantize
from sim.lint import lint
from sim.simd.bench import BENCH
from sim.simd.data import random_operations
from sim.simd.golden import exact_sums
from sim.simd.operations import lanes_of, sums_of
from sim.simulate import random_work, simulate, simulate_dataset
from sim.verilog import to_verilog
from tests.blocks import scale_values
from tests.mutants import broken
from tests.simd import simd_family, unit

__all__ = ["simd_family"]

_UNITS: dict[str, dict[str, Any]] = {
    "powers of two": {
        "pairs": "mxfp4,mxfp8_e4m3,mxint8",
        "depth": 4,
        "scale_places": 32,
        "sums": "dot",
    },
    "fractions": {"pairs": "nvfp4,nvint4,int4", "port": 32, "depth": 3, "result": "fp32"},
    "mixed": {
        "pairs": "mxfp4*mxfp8_e5m2,nvfp4_ue5m3,mxfp6_e2m3*mxint8,fp8_e4m3",
        "depth": 5,
        "result": "bf16",
        "terms": 10,
    },
    "one lane": {"pairs": "dfp16,int8", "depth": 1, "scale_places": 8},
    "all registers": {"pairs": "nvfp4,mxfp6_e3m2", "depth": 10, "result": "posit16_1", "terms": 4},
    "alone": {"pairs": "nvfp4", "sums": "dot", "port": 64, "depth": 2, "terms": 3},
}


@pytest.mark.parametrize("name", _UNITS)
def test_units(name: str) -> None:
    """Scales at the ends of their window and beyond, NaN and zero; full sums, stalls, resets."""
    mac = unit(**_UNITS[name])
    found = simulate(mac, random_work(mac, 1500, seed=1), seed=2, stall=0.2, directed=True)
    assert found.faults == ()
    assert found.checked > 200
    assert found.directed is not None
    assert found.directed.checked > 300


@pytest.mark.parametrize("name", _UNITS)
def test_their_verilog_is_clean(name: str) -> None:
    text = to_verilog(unit(**_UNITS[name]).component(), "dut", clocked=True)
    assert lint(text, "dut", BENCH.waivers) == []


@pytest.mark.long
@pytest.mark.parametrize("name", _UNITS)
def test_many_operations(name: str) -> None:
    mac = unit(**_UNITS[name])
    found = simulate(mac, random_work(mac, 200_000, seed=5), compiled=True)
    assert (found.faults, found.mismatches) == ((), 0)


@pytest.mark.parametrize("name", ["powers of two", "fractions", "mixed", "one lane"])
def test_exact_rationals(name: str) -> None:
    """Sums in units times the unit are the sums of what codes and scales are worth."""
    mac = unit(**_UNITS[name])
    operations = random_operations(mac, 300, np.random.default_rng(1), typical=False)
    sums = exact_sums(mac, operations)
    ends = [*operations.starts[1:].tolist(), len(operations)]
    checked = 0
    for row, (start, end) in enumerate(zip(operations.starts.tolist(), ends, strict=True)):
        number = int(operations.pair[start])
        pair = mac.modes[number]
        if pair.blocks is None:
            continue
        total, nan = Fraction(0), False
        for i in range(start, end):
            scales = [
                ([*scale_values(block.scale), None])[int(codes[i])]
                for block, codes in zip(
                    pair.blocks, (operations.scale_a, operations.scale_b), strict=True
                )
            ]
            products, unknown = _dot(mac, number, operations, i)
            nan |= unknown
            if None in scales or _outside(mac, number, operations, i):
                nan |= None in scales or products != 0
                continue
            total += products * scales[0] * scales[1]
        assert bool(sums.flags["nan"][row, 0]) == nan
        assert sums.numbers[row, 0] * Fraction(2) ** pair.unit == total
        checked += 1
    assert checked > 20


def _outside(mac: SimdMac, number: int, operations: Any, i: int) -> bool:
    """Whether the exponents of both scales lie outside the window, by the manifest's words."""
    pair = mac.modes[number]
    assert pair.blocks is not None
    (low, high) = mac.manifest()["pairs"][number]["scale_exponents"]
    exponents = 0
    for block, codes in zip(pair.blocks, (operations.scale_a, operations.scale_b), strict=True):
        field = int(codes[i]) >> block.scale.fraction_bits
        has_zero = block.scale.name not in ("ue8m0", "ue6m2")
        exponents += max(field, int(has_zero)) - block.scale.bias - block.scale.fraction_bits
    return not low <= exponents <= high


def _dot(mac: SimdMac, number: int, operations: Any, i: int) -> tuple[Fraction, bool]:
    """The products of an operation's elements, and whether one is NaN; infinities add nothing."""
    pair = mac.modes[number]
    assert pair.blocks is not None
    a, b = (
        decode(side.form, lanes_of(mac, words[i : i + 1], number, side.form.bits)[0].astype(int))
        for side, words in ((pair.a, operations.a), (pair.b, operations.b))
    )
    with np.errstate(invalid="ignore"):
        nan = bool(np.isnan(a * b).any())
    total = sum(
        (Fraction(x) * Fraction(y) for x, y in zip(a, b, strict=True) if np.isfinite([x, y]).all()),
        Fraction(0),
    )
    return total * Fraction(2) ** sum(block.element_exponent for block in pair.blocks), nan


@pytest.mark.parametrize("pair", ["mxfp4", "mxfp8_e4m3", "mxint8", "nvfp4", "nvint4", "dfp16"])
def test_a_product_of_matrices(pair: str) -> None:
    """What the circuit gives is the product of the dequantized blocks, rounded once."""
    mac = unit(f"{pair},int8", port=32, depth=3, result="fp32", sums="dot")
    block = parse_block(pair)
    rng = np.random.default_rng(4)
    activations, weights = rng.normal(size=(2, 70)), rng.normal(size=(70, 3)) / 8
    arrays = {"activations": activations, "weights": weights}
    (run,) = simulate_dataset(mac, BENCH.load(mac, arrays, "product.npz"))
    assert run.faults == ()
    whole = -(-70 // block.size) * block.size
    a, b = (
        dequantize(block, quantize(block, np.pad(rows, ((0, 0), (0, whole - 70)))))
        for rows in (activations, weights.T)
    )
    exact = [
        sum((Fraction(x) * Fraction(y) for x, y in zip(row, column, strict=True)), Fraction(0))
        for row in a
        for column in b
    ]
    assert mac.result_format is not None
    wanted = encode(mac.result_format, np.array([float(number) for number in exact]))
    assert run.results[0][:, 0].tolist() == wanted.tolist()


def test_scales_by_hand() -> None:
    """(1 * 6) * 2**3 and (6 * 6) * 2**-4, in one sum; NaN, and 2**32 beyond the window."""
    mac = unit("mxfp4", sums="dot")
    one, six, none = 0b0010, 0b0111, 0
    a = np.array([[one, none, none, none], [six, none, none, none]])
    b = np.array([[six, none, none, none], [six, none, none, none]])
    scales = np.array([127 + 1, 127 - 4]), np.array([127 + 2, 127])
    sums = exact_sums(mac, sums_of(mac, 0, a, b, dot=True, length=2, scales=scales))
    assert sums.numbers[0, 0] * 2.0 ** mac.modes[0].unit == 6 * 8 + 36 / 16
    assert not sums.flags["nan"].any()
    for beyond in ((255, 127), (127 + 16, 127 + 16), (127 - 17, 127 - 16)):
        scales = np.array([127, beyond[0]]), np.array([127, beyond[1]])
        sums = exact_sums(mac, sums_of(mac, 0, a, b, dot=True, length=2, scales=scales))
        assert sums.flags["nan"].tolist()[0][0]
        assert sums.numbers[0, 0] * 2.0 ** mac.modes[0].unit == 6


@pytest.mark.parametrize("pair", ["mxfp4", "mxint8", "nvfp4"])
def test_blocks_of_zeros(pair: str) -> None:
    """Their scale is the least there is, far outside a window, and yet they add nothing."""
    mac = unit(pair, port=32, depth=2, result="fp32", sums="dot", scale_places=16)
    activations = np.zeros((2, 64))
    activations[1, 40] = 6.0  # one block of zeros, and one that has a number
    arrays = {"activations": activations, "weights": np.full((64, 2), 6.0)}
    (run,) = simulate_dataset(mac, BENCH.load(mac, arrays, "product.npz"))
    assert run.faults == ()
    assert mac.result_format is not None
    assert decode(mac.result_format, run.results[0][:, 0]).tolist() == [0, 0, 36, 36]


def test_the_manifest_tells_how_scales_are_driven() -> None:
    mac = unit("nvfp4,mxfp4*mxfp8_e4m3,int8", sums="dot")
    scaled, mixed, plain = json.loads(json.dumps(mac.manifest()))["pairs"]
    assert scaled["a"]["scale"]["format"] == "ue4m3"
    assert scaled["scale_exponents"] == [-18, 10]  # of subnormals to that of 448, twice
    assert mixed["scale_exponents"] == [-32, 31]
    assert "scale_exponents" not in plain
    shape = mac.streams()[0].shape
    assert (shape["scale_a"].width, shape["scale_b"].width) == (8, 8)
    assert "scale_a" not in unit("int8").streams()[0].shape.members


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"pairs": "mxfp4*int8"}, "int8 has no blocks, and blocks are multiplied with blocks"),
        ({"pairs": "hif4"}, "hif4 is no format of operands: groups of elements have exponents"),
        ({"pairs": "mixfp4"}, "mixfp4 is no format of operands: blocks have formats of their own"),
        ({"pairs": "mxfp4", "sums": "lanes"}, "sums = 'lanes' is not allowed with mxfp4"),
        ({"pairs": "mxfp4+block4", "port": 32}, "the 8 products of an operation must be of one"),
        ({"pairs": "mxfp4", "scale_places": 7}, "scale_places = 7 is not allowed: .* even"),
        ({"pairs": "mxfp4", "scale_places": 0}, "scale_places = 0 is not allowed"),
        ({"pairs": "mxfp8_e5m2*nvfp4"}, "infinite, and a scale of the other one 0"),
        (
            {"pairs": "mxfp8_e5m2", "scale_places": 512, "accumulator_bits": 64},
            "accumulator_bits = 64 is too narrow for mxfp8_e5m2",
        ),
    ],
)
def test_refusals(settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(RequestError, match=sentence):
        unit(**settings)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"scale_a": [300]}, "scale_a of mxfp4 must be 0 to 255"),
        ({"pair": [1], "scale_b": [1]}, "scale_b of int8 has none: it must be 0"),
        ({"dot": [False]}, "operations of mxfp4 must be dot products"),
    ],
)
def test_operations_that_cannot_be(changes: dict[str, list[int]], sentence: str) -> None:
    mac = unit("mxfp4,int8")
    arrays = {"a": [1], "b": [1], "pair": [0], "dot": [True], "first": [True], "last": [True]}
    given = {name: np.array(values) for name, values in (arrays | changes).items()}
    with pytest.raises(RequestError, match=sentence):
        BENCH.load(mac, given, "operations.npz")


def test_all_named_formats_are_multiplied_or_refused() -> None:
    refused = []
    for name in NAMED_BLOCKS:
        try:
            unit(name, sums="dot")
        except RequestError:
            refused.append(name)
    assert refused == ["mixfp4", "hif4"]


def test_the_committed_design() -> None:
    mac = load_design("simd-mx").configuration
    assert isinstance(mac, SimdMac)
    names = {block.name for pair in mac.modes for block in pair.blocks or ()}
    assert names == {"mxfp4", "mxfp6_e2m3", "mxfp8_e4m3", "mxint8", "nvfp4", "nvint4"}


_MUTANTS = {
    "what is no number is multiplied": (
        r"assign significand_inverted = [^;]*;",
        "assign significand_inverted = 1'b1;",
    ),
    "a NaN that is none": (r"decoder_b0_nan & chosen_b0", "1'b0"),
    "a block of zeros that is NaN": (
        r"scale_outside & \(dot_sign \| \(\|dot_magnitude\)\)",
        "scale_outside",
    ),
    "a window without an upper end": (r"\(\$signed\(exponent\) > \$signed\(10'hf\)\)", "1'b0"),
    "a shift by one place less": (
        r"assign shift = exponent\[3:0\];",
        "assign shift = exponent - 1;",
    ),
    "a factor cut short": (r"assign row7\[16\] = [^;]*;", "assign row7[16] = 1'b1;"),
    "zeros shifted into a negative sum": (
        r"shift\[0\] \? \{shifted1_xor, scaled_sign\}",
        "shift[0] ? {shifted1_xor, 1'b0}",
    ),
}


@cache
def _broken_unit() -> tuple[SimdMac, str]:
    mac = unit("nvfp4,mxint8", depth=2, scale_places=16)
    return mac, to_verilog(mac.component(), "dut", clocked=True)


@pytest.mark.parametrize("mutant", _MUTANTS)
def test_mutant_is_noticed(mutant: str) -> None:
    mac, text = _broken_unit()
    pattern, replacement = _MUTANTS[mutant]
    verilog = broken(text, pattern, replacement)
    work = random_work(mac, 400, seed=1)
    assert simulate(mac, work, seed=2, verilog=verilog, directed=True).faults
