"""Lanes: whatever the key, the rows and the key's correction are the dot product."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import product
from typing import Any

import pytest
from amaranth.hdl import Module, Signal, Value, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.sim import Simulator

from hw.formats import Integer
from hw.modules import Modules
from hw.ternary import (
    TernaryConfiguration,
    TernaryLut,
    TernaryMultiplier,
    TernarySignflip,
    Workload,
)
from hw.ternary.bank import Bank
from hw.ternary.choices import PackingName
from hw.ternary.table import alike_in_lowest_bit

Prover = Callable[[wiring.Component, str], bool]

_TOTAL_BITS = 24  # more than any sum here, so that a lane's own overflow would show


def configure(kind: type[TernaryConfiguration], name: str, group: int = 1) -> TernaryConfiguration:
    """The smallest core of a kind."""
    workload = Workload(inputs=group, outputs=1)
    return kind(group=group, luts=1, columns=1, activation=Integer.parse(name), workload=workload)


def dot(weights: tuple[int, ...], activations: tuple[int, ...]) -> int:
    """What a lane and its correction must come to."""
    return sum(w * a for w, a in zip(weights, activations, strict=True))


def table_word(c: TernaryConfiguration, activations: tuple[int, ...]) -> int:
    """Lowest and upper bits of the table's entries, from what an entry stands for."""
    codes = [dot(entry.weights, activations) + entry.offset for entry in c.entries]
    alike = alike_in_lowest_bit(c.entries)
    word, position = sum((codes[i] & 1) << n for n, (i, *_) in enumerate(alike)), len(alike)
    for entry, code in zip(c.entries, codes, strict=True):
        word |= code >> 1 << position
        position += entry.bits - 1
    return word


def shared(c: TernaryConfiguration, word: int) -> int:
    """What all columns share of a table: its complement, or itself and above it its complement."""
    width = len(alike_in_lowest_bit(c.entries)) + sum(entry.bits - 1 for entry in c.entries)
    complement = word ^ (1 << width) - 1
    return complement if c.lane.polarities == 1 else word | complement << width


def counted(c: TernaryConfiguration, rows: int) -> int:
    """What a lane's rows stand for: the sum of their complements."""
    total = 0
    for lsb, bits in c.term_rows:
        total += (~rows & (1 << bits) - 1) << lsb
        rows >>= bits
    return total


def simulate(c: TernaryConfiguration, vectors: Iterator[tuple[int, ...]]) -> int:
    """Check a lane alone with every key for each vector of activations; returns checks made."""
    lane: Any = c.lane(c.entries, c.group)
    checked = 0

    async def testbench(ctx: Any) -> None:
        nonlocal checked
        for activations in vectors:
            ctx.set(lane.source, shared(c, table_word(c, activations)))
            for key in c.keys():
                ctx.set(lane.key, key.code)
                await ctx.delay(1e-9)
                total = counted(c, ctx.get(lane.rows)) + key.correction
                assert total == dot(key.weights, activations), (key, activations)
                checked += 1

    simulator = Simulator(lane)
    simulator.add_testbench(testbench)
    simulator.run()
    return checked


def test_select_lane_of_two_exhaustively() -> None:
    """All nine keys with all pairs of int4."""
    c = configure(TernaryLut, "int4", group=2)
    assert simulate(c, product(range(-8, 8), repeat=2)) == 9 * 16**2


def test_select_lane_of_three_at_random() -> None:
    """All 27 keys with a hundred triples of int4, the extremes among them."""
    rng = random.Random(3)
    extremes = list(product((-8, 7), repeat=3))
    others = [tuple(rng.randint(-8, 7) for _ in range(3)) for _ in range(92)]
    c = configure(TernaryLut, "int4", group=3)
    assert simulate(c, iter(extremes + others)) == 27 * 100


@pytest.mark.parametrize("name", ["int8", "uint4"])
def test_signflip_lane_exhaustively(name: str) -> None:
    """All three keys with all activations."""
    c = configure(TernarySignflip, name)
    values = range(c.operand.minimum, c.operand.maximum + 1)
    assert simulate(c, product(values, repeat=1)) == 3 * len(values)


def test_lut_of_one_is_a_signflip() -> None:
    """A group of one has no table to select from: the same lane, and so the same corrections."""
    lut, signflip = configure(TernaryLut, "int8"), configure(TernarySignflip, "int8")
    assert lut.lane is signflip.lane
    assert list(lut.keys()) == list(signflip.keys())


class CorrectedBank(wiring.Component):
    """A bank of one lane, its rows summed and corrected; 0 for the reserved keys.

    Without ``enter`` no key's correction is added, and no key is reserved.
    """

    def __init__(self, configuration: TernaryConfiguration) -> None:
        self.activations: Any
        self.enter: Any
        self.key: Any
        self.total: Signal
        self.configuration = c = configuration
        ports = {"activations": In(c.group * c.activation.bits), "key": In(c.key_bits)}
        ports["enter"] = In(1)
        super().__init__(ports | {"total": Out(signed(_TOTAL_BITS))})

    def elaborate(self, platform: Modules) -> Module:
        m = Module()
        c = self.configuration
        inputs = {"activations": self.activations, "keys": self.key}
        if c.gated_terms:
            inputs["enter"] = self.enter
        terms = platform.place(m, "bank", "bank", partial(Bank, c), **inputs).terms
        sum_of_rows, position = Value.cast(0), 0
        for lsb, bits in c.term_rows:
            sum_of_rows += (~terms[position : position + bits]).shift_left(lsb)
            position += bits
        with m.If(~self.enter & c.gated_terms):
            m.d.comb += self.total.eq(sum_of_rows)
        with m.Else(), m.Switch(self.key):
            for key in c.keys():
                with m.Case(key.code):
                    m.d.comb += self.total.eq(sum_of_rows + key.correction)
        return m


def dot_in_verilog(c: TernaryConfiguration) -> str:
    """The dot product of the weights that each key stands for, with Verilog's own arithmetic."""
    bits = c.activation.bits
    sign = "signed " if c.activation.signed else ""
    lines = [
        "module reference(activations, key, enter, total);",
        f"input [{bits * c.group - 1}:0] activations;",
        "input enter;",
        f"input [{c.key_bits - 1}:0] key;",
        f"output reg [{_TOTAL_BITS - 1}:0] total;",
        *(
            f"wire {sign}[{bits - 1}:0] a{i} = activations[{bits * i} +: {bits}];"
            for i in range(c.group)
        ),
        f"always @* if (!enter && {int(c.gated_terms)}) total = 0; else case (key)",
    ]
    for key in c.keys():
        terms = "".join(f" + ({w}) * a{i}" for i, w in enumerate(key.weights))
        lines.append(f"{key.code}: total = 0{terms};")
    return "\n".join([*lines, "default: total = 0;", "endcase", "endmodule"])


@pytest.mark.parametrize("reduce_register", [False, True])
@pytest.mark.parametrize(
    ("kind", "name", "group"),
    [
        (TernaryLut, "int3", 2),
        (TernaryLut, "uint2", 3),
        (TernarySignflip, "int8", 1),
        (TernarySignflip, "uint4", 1),
        (TernaryMultiplier, "int4", 1),
        (TernaryMultiplier, "uint4", 1),
        (TernaryMultiplier, "int8", 1),
        (TernaryMultiplier, "int2", 1),
    ],
)
def test_bank_is_proved(
    kind: type[TernaryConfiguration],
    name: str,
    group: int,
    reduce_register: bool,
    proved_equal: Prover,
) -> None:
    """Table, lane and correction equal Verilog's dot product for all keys and activations.

    Without a tile they are nothing, for all codes of a key, unless a register behind them holds.
    """
    c = replace(configure(kind, name, group), reduce_register=reduce_register)
    assert proved_equal(CorrectedBank(c), dot_in_verilog(c))


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "reduce_register"), [("int2", False), ("int2", True), ("uint2", False)]
)
def test_bank_for_sparse_weights_is_proved(
    name: str, reduce_register: bool, proved_equal: Prover
) -> None:
    """The same for the table of 3:4 sparse weights: all 32 words."""
    c = TernaryLut(
        group=4,
        luts=1,
        columns=1,
        activation=Integer.parse(name),
        reduce_register=reduce_register,
        packing=PackingName.SPARSE34,
        workload=Workload(inputs=4, outputs=1),
    )
    assert proved_equal(CorrectedBank(c), dot_in_verilog(c))


@pytest.mark.parametrize("kind", [TernaryLut, TernarySignflip, TernaryMultiplier])
@pytest.mark.parametrize("name", ["int8", "uint8"])
def test_zero_weights_need_no_correction(kind: type[TernaryConfiguration], name: str) -> None:
    """A group of zeros counts nothing, so padding does not either."""
    for group in (1, 2, 5) if kind is TernaryLut else (1,):
        (zero,) = (key for key in configure(kind, name, group).keys() if not any(key.weights))
        assert zero.correction == 0
