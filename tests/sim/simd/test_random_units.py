"""Units of random pairs, ports, sums, results and depths against the golden model."""

from __future__ import annotations

import numpy as np
import pytest

from hw.errors import RequestError
from hw.simd import SimdMac
from hw.simd.configuration import Sums
from sim.simulate import random_work, simulate
from tests.simd import simd_family, unit

__all__ = ["simd_family"]

_FORMATS = (
    "fp4_e2m1 fp6_e2m3 fp6_e3m2 fp8_e4m3 fp8_e5m2 fp16 int4 int8 int16 uint4 uint8 e3m3 e4m1"
    " posit4_1 posit8_0 posit16_1 posit8_2 posit6_1"
).split()
_RESULTS = (
    "fp16 bf16 fp32 posit8_0 posit16_1 fp8_e4m3+saturate fp8_e5m2+toward_negative"
    " fp4_e2m1+nearest_away posit8_2+toward_positive"
).split()
_QUICK, _ALL = 3, 45


def _drawn(seed: int) -> SimdMac:
    """A unit that there may be."""
    rng = np.random.default_rng((seed, 11))
    while True:
        pairs = {"*".join(rng.choice(_FORMATS, 2)) for _ in range(rng.integers(3))}
        pairs |= set(rng.choice(_FORMATS, rng.integers(1, 4)).tolist())
        names = list(
            dict.fromkeys(
                name if len(set(name.split("*"))) > 1 else name.split("*")[0]
                for name in sorted(pairs)
            )
        )
        try:
            return unit(
                ",".join(names),
                int(rng.choice([1, 2, 50])),
                port=int(rng.choice([16, 16, 16, 32])),
                sums=str(rng.choice(list(Sums))),
                depth=int(rng.integers(1, 7)),
                result=str(rng.choice(_RESULTS)) if rng.random() < 0.6 else "",
            )
        except RequestError as error:  # sums of some pairs are wider than accumulators may be
            if "is too narrow for" not in str(error):
                raise


@pytest.mark.parametrize(
    "seed",
    [
        *range(_QUICK),
        *(pytest.param(seed, marks=pytest.mark.long) for seed in range(_QUICK, _ALL)),
    ],
)
def test_random_units(seed: int) -> None:
    mac = _drawn(seed)
    found = simulate(mac, random_work(mac, 600, seed), seed=seed, stall=0.2, directed=True)
    assert found.faults == (), mac


def test_random_units_are_different() -> None:
    assert len({str(_drawn(seed)) for seed in range(_ALL)}) == _ALL
