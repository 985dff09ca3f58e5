"""The port that keeps the flags of corrupt words where an exit takes the sums."""

from __future__ import annotations

from typing import Any

from hw.formats import Integer
from hw.ternary import TernarySignflip, Workload, component
from hw.ternary.choices import PackingName
from tests.hw.in_place import simulator

#: Words of a tile of two columns and one weight, and the flags once the exit has taken its sum.
_TILES = [
    ((0b01, 0b11), (0, 0)),
    ((0b01, 0b10), (0, 1)),  # the second column's is corrupt
    ((0b11, 0b00), (0, 1)),  # kept
    ((0b10, 0b01), (1, 1)),
]


def test_flags_rise_with_the_sum_and_stay() -> None:
    """One-tile sums, one after the other; a flag rises when its own sum leaves, and none before."""
    c = TernarySignflip(
        luts=1,
        columns=2,
        activation=Integer.parse("int4"),
        packing=PackingName.CODES,
        result="int8",
        workload=Workload(inputs=1, outputs=2),
    )
    core: Any = component(c)
    samples: list[tuple[int, int]] = []

    async def testbench(ctx: Any) -> None:
        ctx.set(core.activations.payload, [1])
        ctx.set(core.weights.payload.first, 1)
        ctx.set(core.weights.payload.last, 1)
        for words, flags in _TILES:
            before = ctx.get(core.corrupt)
            ctx.set(core.weights.payload.words, [[word] for word in words])
            for name in ("activations", "weights", "initial"):
                ctx.set(getattr(core, name).valid, 1)
            await ctx.tick()
            for name in ("activations", "weights", "initial"):
                ctx.set(getattr(core, name).valid, 0)
            await ctx.tick().repeat(5)
            assert ctx.get(core.corrupt) == before  # the exit still has to be emptied
            ctx.set(core.results.ready, 1)
            await ctx.tick().repeat(3)
            ctx.set(core.results.ready, 0)
            samples.append(tuple(ctx.get(core.corrupt) >> k & 1 for k in range(2)))
            assert samples[-1] == flags

    bench = simulator(core)
    bench.add_clock(1e-6)
    bench.add_testbench(testbench)
    bench.run()
    assert len(samples) == len(_TILES)
