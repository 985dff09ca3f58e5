"""Circuits without registers, gate by gate, for many operations at once."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray

from hw.errors import RequestError
from hw.fma import Fma
from hw.formats import Float, Rounding
from sim.fma.data import directed_operations, random_operations
from sim.fma.operations import Operations, golden_words
from tests.fma import fma
from tests.gates import Gates

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
        if rng.random() < 0.4:
            rounding = rng.choice(_ROUNDINGS)
            accumulator = f"{rng.choice(_SUMS)}+{rounding}"
            return fma(str(a), accumulator, b=b, flags=bool(rng.integers(2)), depth=0)
        try:
            return fma(
                str(a),
                f"raw{rng.choice([*range(6, 25), 32, 40])}",
                b=b,
                normalization=str(rng.choice(_NORMALIZATIONS)),
                product=str(rng.choice(["raw", "normalized"])),
                guard_bits=int(rng.choice([0, 0, 1, 3])),
                cut=str(rng.choice(["truncate", "jam"])),
                difference=str(rng.choice(["negated", "inverted"])),
                terms=int(rng.choice([1, 16, 64])),
                depth=0,
            )
        except RequestError as error:  # it looks at more bits than there are, or jams too many
            if "leading bits" not in str(error) and "terms" not in str(error):
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
    assert len({str(drawn(seed)) for seed in range(_ALL)}) == _ALL
