"""The loop order: what is refused, and the register file against a list of numbers."""

from __future__ import annotations

import random
from typing import Any

import pytest
from amaranth.hdl import Module
from amaranth.sim import Simulator

from hw.errors import RequestError
from hw.ternary import Workload
from hw.ternary.loop import PartialSums
from tests.support import small_core

_BITS = 9


def test_bad_loops_are_refused() -> None:
    """No such order, no register to hold tables in, too many partial sums."""
    allowed = "it must be one of reduction, table"
    with pytest.raises(RequestError, match=rf"^loop = 'output' is not allowed: {allowed}$"):
        small_core(loop="output")
    with pytest.raises(RequestError, match=r"^loop = \['table'\] is not allowed"):
        small_core(loop=["table"])
    with pytest.raises(RequestError, match=r"wants table_register = true$"):
        small_core(loop="table", table_register=False)
    small_core(loop="table", workload=Workload(inputs=4, outputs=3 * 1024))
    with pytest.raises(RequestError, match=r"1025 partial sums a column, .* may hold 1024$"):
        small_core(loop="table", workload=Workload(inputs=4, outputs=3 * 1024 + 1))


@pytest.mark.parametrize(
    "changes",
    [{"result": "bf16"}, {"style": "exact", "activation": "e4m3"}, {"style": "float"}],
)
def test_held_tables_are_for_plain_sums(changes: dict[str, Any]) -> None:
    """No exit, no floating point."""
    activation = {"activation": "fp16"} if changes.get("style") == "float" else {}
    with pytest.raises(RequestError, match="it goes with style = 'integer' and without a result"):
        small_core(loop="table", **activation | changes)


def test_one_partial_sum_for_each_block() -> None:
    """20 outputs on 3 columns are 7 blocks; a reduction holds none."""
    assert small_core(loop="table").partial_sums == 7
    assert small_core().partial_sums == 0
    assert small_core(loop="table").parameters()["loop"] == "table"
    assert "loop" not in small_core().parameters()


@pytest.mark.parametrize("blocks", [1, 2, 5])
def test_register_file(blocks: int) -> None:
    """Random reads and writes; the golden model is a list, in plain and not negative logic."""
    rng = random.Random(blocks)
    mask = (1 << _BITS) - 1
    held, total, checked = [0] * blocks, 0, 0
    dut: Any = PartialSums(_BITS, blocks)  # its ports are known only when it is made

    async def bench(ctx: Any) -> None:
        nonlocal total, checked
        for i in range(blocks):  # registers start as they like
            ctx.set(dut.write, 1 << i)
            ctx.set(dut.added, mask)
            await ctx.tick()
        for _ in range(300):
            start, added = rng.randrange(mask + 1), rng.randrange(mask + 1)
            reads, writes, restart = (
                rng.randrange(blocks),
                rng.randrange(blocks),
                rng.random() < 0.3,
            )
            write, finish = rng.random() < 0.6, rng.random() < 0.3
            ctx.set(dut.start, start)
            ctx.set(dut.restart, restart)
            ctx.set(dut.read, 0 if restart else 1 << reads)
            ctx.set(dut.write, write << writes)
            ctx.set(dut.finish, finish)
            ctx.set(dut.added, ~added & mask)
            assert ~ctx.get(dut.base) & mask == (start if restart else held[reads])
            await ctx.tick()
            if write:
                held[writes] = added
            if finish:
                total = added
                checked += 1
            assert not checked or ctx.get(dut.total) & mask == total

    top = Module()
    top.submodules.dut = dut
    simulator = Simulator(top)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    assert checked
