"""Circuits without registers, gate by gate, for many operations at once."""

from __future__ import annotations

import re
from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray

from hw.errors import RequestError
from hw.fma import Fma, Multiplier
from hw.formats import Float, Rounding
from sim.fma.data import directed_operations, random_operations
from sim.fma.operations import Operations, golden_words
from sim.verilog import to_verilog
from tests.fma import fma
from tests.gates import Gates
from tests.mutants import broken

_ROUNDINGS = [rounding for rounding in Rounding if rounding is not Rounding.STOCHASTIC]


def _wrong(unit: Fma, gates: Gates, operations: Operations, circuit: int = 0) -> NDArray[np.int64]:
    """Operations of which the circuit does not give the golden word."""
    a, b = unit.factors
    columns = (operations.a.tolist(), operations.b.tolist(), operations.c.tolist())
    words = [x | y << a.bits | c << a.bits + b.bits for x, y, c in zip(*columns, strict=True)]
    given = gates(
        circuit,
        operations_payload=np.array(words, object),
        operations_valid=np.ones(len(words), np.int64),
        results_ready=np.ones(len(words), np.int64),
    )
    assert (given["results_valid"] & 1 == 1).all()
    masked = given["results_payload"].astype(object) & (1 << unit.streams()[1].shape.size) - 1
    return np.flatnonzero(masked != golden_words(unit, operations).astype(object))


def _check(unit: Fma, count: int, seed: int, gates: Gates | None = None, circuit: int = 0) -> None:
    rng = np.random.default_rng(seed)
    work = [*directed_operations(unit, rng), random_operations(unit, count, rng, typical=False)]
    operations = Operations.concatenate(work)
    operations.check(unit)
    wrong = _wrong(unit, gates or Gates(unit.component()), operations, circuit)
    first = [tuple(hex(array[i]) for array in vars(operations).values()) for i in wrong[:3]]
    assert len(wrong) == 0, (unit, len(wrong), first)


_SOON = (("bf16", "nearest_even"), ("fp16", "toward_negative"), ("bf16 to fp32", "nearest_even"))


@pytest.mark.parametrize(
    ("accumulator", "rounding"),
    [
        pytest.param(*case, marks=() if case in _SOON else pytest.mark.long)
        for case in product(("bf16", "fp16", "fp32", "bf16 to fp32"), map(str, _ROUNDINGS))
    ],
)
def test_exact_sums(accumulator: str, rounding: str) -> None:
    a, _, c = accumulator.partition(" to ")
    _check(fma(a, f"{c or a}+{rounding}", flags=True, depth=0), 20_000, seed=1)


@pytest.mark.long
@pytest.mark.parametrize("accumulator", ["bf16", "fp16", "fp32", "bf16 to fp32"])
def test_a_million_exact_sums(accumulator: str) -> None:
    a, _, c = accumulator.partition(" to ")
    for seed in range(4):
        _check(fma(a, c or a, flags=True, depth=0), 250_000, seed)


@pytest.mark.parametrize(
    ("form", "rows"),
    [
        *((form, 1) for form in ("fp8_e4m3", "fp8_e5m2")),
        *(
            pytest.param(f"{form}{rounding}", 256, marks=pytest.mark.long)
            for form in ("fp8_e4m3", "fp8_e5m2")
            for rounding in ("", "+toward_negative", "+nearest_away")
        ),
    ],
)
def test_every_sum_of_eight_bits(form: str, rows: int) -> None:
    """All codes of b and c with one of a, just above 1, or with all: 2**16, or 2**24 triples."""
    unit = fma(form.partition("+")[0], form, flags=True, depth=0)
    gates = Gates(unit.component())
    b, c = (grid.ravel() for grid in np.meshgrid(np.arange(256), np.arange(256)))
    chosen = (
        range(rows) if rows > 1 else [(unit.factors[0].bias << unit.factors[0].fraction_bits) + 1]
    )
    for a in chosen:
        assert not len(_wrong(unit, gates, Operations(np.full(1 << 16, a), b, c))), a


_PRODUCTS = {
    "mitchell": fma("fp8_e4m3+flush", "raw12", b="fp8_e5m2+flush", multiplier="mitchell", depth=0),
    "l_mul": fma("e3m4+flush", "raw12", multiplier="l_mul", normalization="an-1-2", depth=0),
    "lns": fma("fp8_e4m3+flush", "raw12", multiplier="lns", product="normalized", depth=0),
    "power_of_two": fma(
        "fp8_e4m3+flush", "fp16", b="fp8_e5m2+flush", multiplier="power_of_two", depth=0
    ),
}
#: What is broken: the multiplier, a text of its unit's Verilog, and what stands in its place.
_BROKEN = {
    "a carry that is lost": ("mitchell", r"product_upper\[2\] \?", "1'b0 ?"),
    "fractions that do not meet": (
        "mitchell",
        r"\{1'b0, operations_payload\[9:8\]\}",
        "{2'h0, operations_payload[9]}",
    ),
    "a carry of two": ("l_mul", r"product_upper\[4\] \?", "1'b0 ?"),
    "a constant that is not there": ("l_mul", r"\.c\(1'b1\)", ".c(1'b0)"),
    "a zero that counts": ("l_mul", r"out = zero_a \| zero_b", "out = zero_a"),
    "a wrong power": ("lns", "6'h29", "6'h2a"),
    "an exponent that does not rise": ("lns", r"\+ \{5'h0, product_upper\[3\]\}", ""),
    "another power of two": (
        "power_of_two",
        r"shifted1 = operations_payload\[9\]",
        "shifted1 = operations_payload[8]",
    ),
}


@pytest.fixture(scope="module")
def products() -> Gates:
    """Units of other multipliers, and broken ones."""
    whole = [
        to_verilog(unit.component(), f"circuit{i}") for i, unit in enumerate(_PRODUCTS.values())
    ]
    names = list(_PRODUCTS)
    mutants = [
        broken(whole[names.index(name)], *change, flags=re.DOTALL).replace(
            f"circuit{names.index(name)}", f"circuit{len(whole) + i}"
        )
        for i, (name, *change) in enumerate(_BROKEN.values())
    ]
    return Gates(*whole, *mutants)


def _all_products(unit: Fma) -> Operations:
    """Every pair of factors, alone and with the sum that the pair before it made."""
    a, b = (grid.ravel() for grid in np.meshgrid(np.arange(256), np.arange(256)))
    alone = Operations(a, b, np.zeros_like(a))
    sums = golden_words(unit, alone)
    return Operations.concatenate([alone, Operations(a, b, np.roll(sums, 1))])


@pytest.mark.parametrize("name", _PRODUCTS)
def test_every_product_of_eight_bits(name: str, products: Gates) -> None:
    place = list(_PRODUCTS).index(name)
    assert not len(_wrong(_PRODUCTS[name], products, _all_products(_PRODUCTS[name]), place))


@pytest.mark.parametrize("mutant", _BROKEN)
def test_a_broken_product_is_noticed(mutant: str, products: Gates) -> None:
    unit = _PRODUCTS[_BROKEN[mutant][0]]
    place = len(_PRODUCTS) + list(_BROKEN).index(mutant)
    assert len(_wrong(unit, products, _all_products(unit), place))


def _one_and_a_bit(form: Float) -> int:
    return (form.bias << form.fraction_bits) + 1


_FACTORS = (
    "bf16 fp16 fp8_e4m3 fp8_e5m2 fp4_e2m1 fp6_e3m2 e4m1 e3m4 e2m5 e5m0 bf16+flush"
    " bf16+flush+finite+nan_none fp16+flush e6m9"
).split()
_SUMS = (
    "fp32 bf16 fp16 fp8_e4m3 fp8_e5m2+saturate fp6_e2m3 e4m3+flush bf16+flush e5m6+saturate e3m0"
    " e6m4+finite+nan_one e2m8"
).split()
_NORMALIZATIONS = "exact carry_only an-1-1 an-1-2 an-2-2 an-3-4 1:1,1:2,2:4 2:1".split()
_QUICK, _ALL = 40, 200


def drawn(seed: int) -> Fma:
    """A unit that there may be."""
    rng = np.random.default_rng((seed, 5))
    while True:
        a, b = rng.choice(_FACTORS, 2)
        b = str(rng.choice([a, b]))
        multiplier = str(rng.choice(["exact", "exact", *Multiplier]))
        if multiplier != "exact":
            a, b = (form if "+flush" in form else f"{form}+flush" for form in (a, b))
        rounding = rng.choice(_ROUNDINGS)
        accumulator = f"{rng.choice(_SUMS)}+{rounding}"
        flags, rounds = bool(rng.integers(2)), rng.random() < 0.4
        try:
            if rounds:
                return fma(str(a), accumulator, b=b, multiplier=multiplier, flags=flags, depth=0)
            return fma(
                str(a),
                f"raw{rng.choice([*range(6, 25), 32, 40])}",
                b=b,
                multiplier=multiplier,
                normalization=str(rng.choice(_NORMALIZATIONS)),
                product=str(rng.choice(["raw", "normalized"])),
                guard_bits=int(rng.choice([0, 0, 1, 3])),
                cut=str(rng.choice(["truncate", "jam"])),
                difference=str(rng.choice(["negated", "inverted"])),
                terms=int(rng.choice([1, 16, 64])),
                depth=0,
            )
        except RequestError as error:  # too few bits, too many terms; no fractions, too wide ones
            if not re.search("leading bits|terms|fractions", str(error)):
                raise


def _check_drawn(seeds: range) -> None:
    """Several units in one run of Yosys, which takes longest."""
    units = [drawn(seed) for seed in seeds]
    gates = Gates(*(unit.component() for unit in units))
    for place, (seed, unit) in enumerate(zip(seeds, units, strict=True)):
        _check(unit, 500, seed, gates, place)


@pytest.mark.parametrize("first", range(0, _QUICK, 5))
def test_random_units(first: int) -> None:
    _check_drawn(range(first, first + 5))


@pytest.mark.long
@pytest.mark.parametrize("first", range(_QUICK, _ALL, 10))
def test_more_random_units(first: int) -> None:
    _check_drawn(range(first, first + 10))


def test_random_units_are_different() -> None:
    """But for a few that chance draws twice."""
    assert len({str(drawn(seed)) for seed in range(_ALL)}) > 0.98 * _ALL
