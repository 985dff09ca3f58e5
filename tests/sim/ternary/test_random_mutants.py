"""Mutants at random: the bench, as `macsmith simulate` runs it by default, must notice them."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from hw.ternary import TernaryConfiguration, TernaryLut, TernarySignflip, Workload, component
from sim.simulate import random_work, simulate
from sim.simulator import SimulatorError
from sim.together import Together
from sim.verilog import to_verilog
from tests.mutation import Mutant, mutants, proved_equivalent

_SETTINGS: dict[str, dict[str, Any]] = {
    "tables": {
        "group": 2,
        "luts": 2,
        "columns": 3,
        "activation": "int8",
        "table_register": True,
        "reduce_register": True,
        "sequencer": True,
        "workload": Workload(inputs=40, outputs=20, batch=8, bias_limit=1000),
    },
    "floats in turns": {
        "style": "float",
        "group": 2,
        "luts": 2,
        "columns": 1,
        "activation": "fp8_e5m2",
        "adder_stages": 2,
        "sequencer": True,
        "workload": Workload(inputs=20, outputs=3, batch=4, bias_limit=8),
    },
    "packed and scaled": {
        "group": 2,
        "luts": 3,
        "columns": 4,
        "activation": "int4",
        "packing": "trits5",
        "result": "int8",
        "scale": "column",
        "scale_format": "u8.9",
        "exits": 2,
        "exit_register": True,
        "workload": Workload(inputs=26, outputs=10, batch=3, bias_limit=50),
    },
    "tables that stay": {
        "luts": 7,
        "columns": 3,
        "activation": "int4",
        "packing": "tl2",
        "loop": "table",
        "table_register": True,
        "sequencer": True,
        "workload": Workload(inputs=30, outputs=8, batch=3, bias_limit=30),
    },
}
_CORES = {
    name: (TernarySignflip if name == "tables that stay" else TernaryLut)(**settings)
    for name, settings in _SETTINGS.items()
}
_AT_ONCE = 12  # mutants of a core in one simulator
_MORE_SEEDS = range(1, 11)  # of directed products, against what the default run did not notice
_MORE_VECTORS = 2000


@cache
def _verilog(name: str) -> str:
    return to_verilog(component(_CORES[name]), "dut")


def _alive(c: TernaryConfiguration, tried: list[Mutant]) -> list[Mutant]:
    """The mutants that the default run does not notice.

    All are run in one simulator first, if that works, and what that does not notice by itself:
    what a register starts from, so whether it misses its reset, depends on all that is there.
    """
    work = random_work(c, None, seed=0)
    try:
        cores = Together([c] * len(tried), [mutant.text for mutant in tried])
        runs = cores.simulate([work] * len(tried), directed=True)
    except SimulatorError:  # one of them breaks the simulation off
        return [] if len(tried) == 1 else [kept for one in tried for kept in _alive(c, [one])]
    left = [mutant for mutant, run in zip(tried, runs, strict=True) if not run.faults]
    return [
        mutant
        for mutant in left
        if not simulate(c, work, verilog=mutant.text, directed=True).faults
    ]


def _told_apart(c: TernaryConfiguration, mutant: Mutant) -> bool:
    """Whether much more data tells a mutant from the circuit."""
    much_work = random_work(c, _MORE_VECTORS, seed=1)
    if simulate(c, much_work, stall=0.5, verilog=mutant.text).faults:
        return True
    little_work = random_work(c, 1, seed=1)
    return any(
        simulate(c, little_work, seed=seed, verilog=mutant.text, directed=True).faults
        for seed in _MORE_SEEDS
    )


def check(name: str, seed: int, count: int) -> None:
    """All mutants die, but for those that are the same circuit as far as can be told."""
    c, verilog = _CORES[name], _verilog(name)
    alive = _alive(c, mutants(verilog, count, seed))
    different = [mutant for mutant in alive if not proved_equivalent(verilog, mutant.text, "dut")]
    assert [str(mutant) for mutant in different if _told_apart(c, mutant)] == []
    assert len(alive) <= count // 4, [str(mutant) for mutant in alive]


@pytest.mark.parametrize("name", ["tables", "floats in turns"])
def test_some_mutants_are_noticed(name: str) -> None:
    """An operator, a reduction and an inversion that are others."""
    check(name, seed=0, count=3)


@pytest.mark.long
@pytest.mark.parametrize("name", _CORES)
def test_random_mutants_are_noticed(name: str) -> None:
    """A dozen of each core, of all kinds."""
    check(name, seed=1, count=_AT_ONCE)


def test_the_whole_core_is_not_noticed() -> None:
    """What the mutants are made of passes, and is proved to be itself and no mutant."""
    c, verilog = _CORES["tables"], _verilog("tables")
    whole = Mutant("none", 1, "", "", verilog)
    assert _alive(c, [whole]) == [whole]
    assert proved_equivalent(verilog, verilog, "dut")
    (mutant,) = mutants(verilog, 1, seed=0)
    assert not proved_equivalent(verilog, mutant.text, "dut")
