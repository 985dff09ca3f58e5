"""Tables, keys and lanes of complex weights: counted, checked by values, and proved."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import combinations, product
from typing import Any

import pytest
from amaranth.hdl import Cat, Module, Signal, Value, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.sim import Simulator

from hw.errors import RequestError
from hw.formats import Integer
from hw.modules import Modules, to_rtlil
from hw.ternary import ComplexLut, Workload
from hw.ternary.bank import Bank
from hw.ternary.table import alike_in_lowest_bit, entries_of
from hw.ternary.turns import sums_of, turned, turns_of

Prover = Callable[[wiring.Component, str], bool]

GROUPS = range(1, 5)
_TURN = (1, 1j, -1, -1j)
_TOTAL_BITS = 20  # more than any sum here, so that a lane's own overflow would show


def configure(name: str, group: int, **changes: Any) -> ComplexLut:
    """The smallest core."""
    workload = Workload(inputs=group, outputs=1)
    return ComplexLut(
        group=group,
        luts=1,
        columns=1,
        activation=Integer.parse(name),
        workload=workload,
        **changes,
    )


@pytest.mark.parametrize("group", GROUPS)
def test_keys_stand_for_all_groups_of_weights_once(group: int) -> None:
    """4**group codes, none reserved; the top two bits turn all weights."""
    turns = [turns_of(group, code) for code in range(4**group)]
    assert sorted(turns) == sorted(product(range(4), repeat=group))
    top = 4 ** (group - 1)
    for code in range(top):
        assert turns[code][0] == 0
        for turn in range(4):
            assert turns[code + turn * top] == tuple((q + turn) % 4 for q in turns[code])


@pytest.mark.parametrize(
    ("turns", "code"),
    [((0, 0), 0b0000), ((0, 3), 0b0011), ((2, 0), 0b1010), ((1, 2), 0b0101), ((3, 2), 0b1111)],
)
def test_keys_of_two_by_hand(turns: tuple[int, int], code: int) -> None:
    """The first weight's turns, then what the second one's exceed them by."""
    assert turns_of(2, code) == turns


@pytest.mark.parametrize("group", GROUPS)
def test_table_and_turn_are_the_product(group: int) -> None:
    """The sums that a key selects, swapped and negated, are those of w * conj(x)."""
    rng = random.Random(group)
    x = [complex(rng.randint(-99, 99), rng.randint(-99, 99)) for _ in range(group)]
    parts = [part for number in x for part in (number.real, number.imag)]
    sums = [sum(w * p for w, p in zip(signs, parts, strict=True)) for signs in sums_of(group)]
    for code in range(4**group):
        index = code % 4 ** (group - 1)
        swap, *negate = turned(code >> 2 * (group - 1))
        real, imaginary = (
            (-1 if minus else 1) * sums[2 * index + (part ^ swap)]
            for part, minus in enumerate(negate)
        )
        weights = [_TURN[q] for q in turns_of(group, code)]
        expected = sum(w * number.conjugate() for w, number in zip(weights, x, strict=True))
        assert complex(real, imaginary) == expected


@pytest.mark.parametrize(("group", "adders"), [(1, 0), (2, 8), (3, 40), (4, 144)])
def test_adders_as_emitted(group: int, adders: int) -> None:
    """0, 4, 20 and 72 complex adders, of their entries' widths, one or two deep."""
    core = configure("int8", group)
    netlist = to_rtlil(core.table(inverted=False, gated=False), "table")
    assert set(re.findall(r"^ *cell (\S+) ", netlist, re.MULTILINE)) <= {"$add", "$sub", "$not"}
    cells = re.findall(r"cell \$(?:add|sub) .*?\n  end", netlist, re.DOTALL)
    assert len(cells) == adders
    entries = entries_of(sums_of(group), core.operand)
    assert max(entry.depth for entry in entries) == (group - 1).bit_length()
    for entry in core.entries:
        assert entry.bits == 8 + (group - 1).bit_length()


def _halves_wanted(group: int) -> list[set[frozenset[int]]]:
    """For each wanted sum up to sign its pairs of parts, a part and its sign as a number."""
    wanted = []
    for signs in sums_of(group):
        terms = [(p + 1) * s for p, s in enumerate(signs) if s]
        pairs = set()
        for a, b in combinations(terms, 2):
            pairs.add(frozenset((a, b) if a > 0 else (-a, -b)))
        wanted.append(pairs)
    return wanted


def test_eight_halves_are_the_least_for_three() -> None:
    """No pair of parts is in more than four of the 32 sums of three, so fewer than 8 miss one."""
    wanted = _halves_wanted(3)
    assert len(wanted) == 32
    every = set().union(*wanted)
    most = max(sum(pair in pairs for pairs in wanted) for pair in every)
    assert most == 4
    made = entries_of(sums_of(3), Integer.parse("int8"))[32:]
    assert sum(entry.operands is not None for entry in made) == 32 // most


@pytest.mark.parametrize("gated", [False, True])
@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize(("group", "name"), [(1, "int4"), (2, "int3"), (3, "uint2"), (4, "int2")])
def test_emitted_table_in_another_simulator(
    group: int, name: str, gated: bool, inverted: bool
) -> None:
    """Amaranth's own simulator finds every sum, for many activations; and 0 if disabled."""
    core = configure(name, group)
    form, entries = core.operand, core.entries
    table: Any = core.table(inverted=inverted, gated=gated)
    ports: Any = Cat(getattr(table, f"upper{i}") for i in range(len(entries)))
    lowest_of = {i: n for n, alike in enumerate(alike_in_lowest_bit(entries)) for i in alike}
    rng = random.Random(group)
    vectors = [(form.minimum,) * 2 * group, (form.maximum,) * 2 * group] + [
        tuple(rng.randint(form.minimum, form.maximum) for _ in range(2 * group)) for _ in range(60)
    ]
    checked = 0

    async def testbench(ctx: Any) -> None:
        nonlocal checked
        mask = (1 << form.bits) - 1
        for parts in vectors:
            word = sum((a & mask) << form.bits * i for i, a in enumerate(parts))
            ctx.set(table.activations, word)
            for enable in (0, 1) if gated else (1,):
                if gated:
                    ctx.set(table.enable, enable)
                await ctx.delay(1e-9)
                word, lowest = ctx.get(ports) ^ -inverted, ctx.get(table.lowest) ^ -inverted
                for i, (entry, signs) in enumerate(zip(entries, sums_of(group), strict=True)):
                    code = (word << 1) & (1 << entry.bits) - 2 | lowest >> lowest_of[i] & 1
                    total = sum(s * a for s, a in zip(signs, parts, strict=True))
                    assert code == (total + entry.offset if enable else 0)
                    word >>= entry.bits - 1
                    checked += 1

    simulator = Simulator(table)
    simulator.add_testbench(testbench)
    simulator.run()
    assert checked == 62 * 2 * 4 ** (group - 1) * (1 + gated)


class CorrectedBank(wiring.Component):
    """A bank of one complex lane, its two rows corrected; 0 without ``enter``."""

    def __init__(self, configuration: ComplexLut) -> None:
        self.activations: Any
        self.enter: Any
        self.key: Any
        self.re: Signal
        self.im: Signal
        self.configuration = c = configuration
        ports = {"activations": In(c.group_bits), "key": In(c.key_bits), "enter": In(1)}
        total = Out(signed(_TOTAL_BITS))
        super().__init__(ports | {"re": total, "im": total})

    def elaborate(self, platform: Modules) -> Module:
        m = Module()
        c = self.configuration
        inputs = {"activations": self.activations, "keys": self.key}
        if c.gated_terms:
            inputs["enter"] = self.enter
        terms = platform.place(m, "bank", "bank", partial(Bank, c), **inputs).terms
        rows: list[Value] = [~terms[: c.term_bits], ~terms[c.term_bits :]]
        assert len(terms) == 2 * c.term_bits
        with m.If(~self.enter & c.gated_terms):
            m.d.comb += [self.re.eq(rows[0]), self.im.eq(rows[1])]
        with m.Else(), m.Switch(self.key):
            for key in c.keys():
                with m.Case(key.code):
                    real, imaginary = key.correction
                    m.d.comb += [self.re.eq(rows[0] + real), self.im.eq(rows[1] + imaginary)]
        return m


def product_in_verilog(c: ComplexLut) -> str:
    """The sum of w * conj(x) for each key, with Verilog's own arithmetic."""
    bits = c.activation.bits
    sign = "signed " if c.activation.signed else ""
    lines = [
        "module reference(activations, key, enter, re, im);",
        f"input [{c.group_bits - 1}:0] activations;",
        "input enter;",
        f"input [{c.key_bits - 1}:0] key;",
        f"output reg [{_TOTAL_BITS - 1}:0] re, im;",
    ]
    for i in range(c.group):
        for part, name in enumerate("ab"):
            field = f"activations[{bits * (2 * i + part)} +: {bits}]"
            lines.append(f"wire {sign}[{bits - 1}:0] {name}{i} = {field};")
    lines.append(f"always @* if (!enter && {int(c.gated_terms)}) begin re = 0; im = 0; end")
    lines.append("else case (key)")
    for key in c.keys():
        real, imaginary = "0", "0"
        for i, turn in enumerate(key.turns):
            r, s = ((1, 0), (0, 1), (-1, 0), (0, -1))[turn]
            real += f" + ({r}) * a{i} + ({s}) * b{i}"
            imaginary += f" + ({s}) * a{i} - ({r}) * b{i}"
        lines.append(f"{key.code}: begin re = {real}; im = {imaginary}; end")
    return "\n".join([*lines, "endcase", "endmodule"])


@pytest.mark.parametrize("reduce_register", [False, True])
@pytest.mark.parametrize(("name", "group"), [("int8", 1), ("uint4", 1), ("int3", 2), ("uint2", 2)])
def test_bank_is_proved(name: str, group: int, reduce_register: bool, proved_equal: Prover) -> None:
    """Table, lane and corrections equal Verilog's sum of w * conj(x), for all that can come.

    Without a tile they are nothing, for all keys, unless a register behind them holds.
    """
    c = replace(configure(name, group), reduce_register=reduce_register)
    assert proved_equal(CorrectedBank(c), product_in_verilog(c))


@pytest.mark.parametrize("group", [3, 4])
def test_lanes_of_larger_groups_at_random(group: int) -> None:
    """Rows and corrections are the sum of w * conj(x) for every key; a proof takes too long."""
    c = configure("int4", group)
    lane: Any = c.lane(c.entries, group)
    alike, rng = alike_in_lowest_bit(c.entries), random.Random(group)
    checked = 0

    async def testbench(ctx: Any) -> None:
        nonlocal checked
        for _ in range(12):
            x = [complex(rng.randint(-8, 7), rng.randint(-8, 7)) for _ in range(group)]
            parts = [int(part) for number in x for part in (number.real, number.imag)]
            codes = [
                sum(s * p for s, p in zip(entry.weights, parts, strict=True)) + entry.offset
                for entry in c.entries
            ]
            bits = [codes[i] & 1 for i, *_ in alike]
            for entry, code in zip(c.entries, codes, strict=True):
                bits += [code >> i & 1 for i in range(1, entry.bits)]
            ctx.set(lane.source, sum((1 - bit) << i for i, bit in enumerate(bits)))
            for key in c.keys():
                ctx.set(lane.key, key.code)
                await ctx.delay(1e-9)
                rows = ~ctx.get(lane.rows) & (1 << 2 * c.term_bits) - 1
                real = (rows & (1 << c.term_bits) - 1) + key.correction[0]
                imaginary = (rows >> c.term_bits) + key.correction[1]
                weights = [_TURN[q] for q in key.turns]
                expected = sum(w * number.conjugate() for w, number in zip(weights, x, strict=True))
                assert complex(real, imaginary) == expected
                checked += 1

    simulator = Simulator(lane)
    simulator.add_testbench(testbench)
    simulator.run()
    assert checked == 12 * 4**group


def test_a_wrong_turn_is_refuted(proved_equal: Prover) -> None:
    """The proof can fail: without the conjugation it does."""
    c = configure("int2", 1)
    wrong = product_in_verilog(c).replace("- (1) * b0", "+ (1) * b0")
    assert wrong != product_in_verilog(c)
    assert not proved_equal(CorrectedBank(c), wrong)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"group": 5}, "group = 5 is not allowed: it must be a whole number from 1 to 4"),
        ({"planes": 2}, "planes of complex_lut = 2 is not allowed: it must be 1"),
        ({"activation": "fp8"}, "activation: 'fp8' is not a number format"),
    ],
)
def test_what_cannot_be(changes: dict[str, Any], sentence: str) -> None:
    """One sentence each."""
    settings: dict[str, Any] = {
        "group": 2,
        "luts": 1,
        "columns": 1,
        "activation": "int8",
        "workload": Workload(inputs=4, outputs=1),
    }
    with pytest.raises(RequestError, match=re.escape(sentence)):
        ComplexLut(**settings | changes)
