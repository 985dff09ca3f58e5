"""Emitted Verilog: it reads well, whatever the design, and is the circuit that it is written of."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, partial
from itertools import islice

import pytest
from amaranth.hdl import Cat, Module, Mux, Shape, Signal, Value, signed, unsigned
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from costmodel.ternary.experiment import KINDS, designs
from hw.float import FloatAdder
from hw.formats import Float
from hw.modules import Modules, flat_ports, to_rtlil
from hw.unit import Unit
from macsmith.design import committed_designs, load_design
from sim.family import bench_of
from sim.lint import lint
from sim.verilog import to_verilog
from sim.verilog.comments import comments_on
from tests.equivalence import differing

_DRAWN = {
    f"{kind} {number}": configuration
    for kind in KINDS
    for number, configuration in enumerate(islice(designs(kind, "fit"), 3))
}
_SMALL = ("ternary-int8-8x8", "signflip-int8-8x8", "bitserial-int8-8x8", "digits")

#: Many copies of a float's units, of which the drawn ones have one or two: nothing else is in them.
_LARGE = {name for name in committed_designs() if "-fp16-" in name}


def _configuration(name: str) -> Unit:
    return _DRAWN[name] if name in _DRAWN else load_design(name).configuration


@cache
def _written(name: str) -> tuple[str, dict[str, wiring.Component]]:
    """A design's Verilog, and the components that it was written of, by module."""
    used: list[Modules] = []

    class Kept(Modules):
        def __init__(self, prefix: str) -> None:
            super().__init__(prefix)
            used.append(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sim.verilog.Modules", Kept)
        text = to_verilog(_configuration(name).component(), "dut")
    (modules,) = used
    return text, modules.components


def _verilog(name: str) -> str:
    return _written(name)[0]


def _code(text: str) -> str:
    """Verilog without its comments."""
    return re.sub(r"//.*", "", text)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.long if name in _LARGE else ())
        for name in (*committed_designs(), *_DRAWN)
    ],
)
def test_a_person_can_read_it(name: str) -> None:
    """Lines are short, names are plain, everything is explained; in one test, of one text."""
    text, components = _written(name)
    assert max(map(len, text.splitlines())) <= 120
    _check_names(text)
    _check_comments(text, components)


def _check_names(text: str) -> None:
    """No escaped ones, no dollar signs, no numbers for names, and no double underscores."""
    code = _code(text)
    assert "\\" not in code
    assert set(re.findall(r"\w*\$\w*", code)) <= {"$signed"}
    assert not re.findall(r"\b_\w*|\w*__\w*|\b\w*_\b", code)


def _check_comments(text: str, components: dict[str, wiring.Component]) -> None:
    """Each module has a comment, and each port has one of its own or shares one."""
    assert set(re.findall(r"^// .+\nmodule (\w+) \(\n  // .", text, re.MULTILINE)) == set(
        components
    )
    for module, part in components.items():
        comments = comments_on(part)
        assert comments.module, module
        unexplained = [
            port for port, comment in comments.ports.items() if not comment.split(": ")[-1]
        ]
        assert unexplained == [], module


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name in _SMALL or name.endswith(" 0") else pytest.mark.long)
        for name in (*committed_designs(), *_DRAWN)
    ],
)
def test_text_is_the_same_twice(name: str) -> None:
    """Two runs give the same bytes."""
    assert to_verilog(_configuration(name).component(), "dut") == _verilog(name)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name in _SMALL else pytest.mark.long)
        for name in (*committed_designs(), *_DRAWN)
    ],
)
def test_text_is_the_circuit(name: str) -> None:
    """Yosys proves every module equal to the netlist that it was written from."""
    c = _configuration(name)
    assert differing(to_rtlil(c.component(), "dut"), _verilog(name)) == []


@pytest.mark.parametrize("stages", [0, 3])
@pytest.mark.parametrize("rounding", ["nearest_even", "toward_negative", "toward_positive"])
def test_words_that_are_driven_bit_by_bit(rounding: str, stages: int) -> None:
    """Bits of one word, each made by a cell of its own, stay bits of one word."""
    adder = FloatAdder(Float.parse(f"e2m1+{rounding}"), stages)
    rtlil, verilog = (convert(adder, "dut") for convert in (to_rtlil, to_verilog))
    assert differing(rtlil, verilog) == []


@pytest.mark.parametrize("name", _DRAWN)
@pytest.mark.long
def test_lint_is_clean(name: str) -> None:
    """Verilator warns of nothing but what is waived."""
    assert lint(_verilog(name), "dut", bench_of(_configuration(name)).waivers) == []


_OPERATORS: dict[str, Callable[[Value, Value], Value]] = {
    "and": lambda a, b: a & b,
    "or": lambda a, b: a | b,
    "xor": lambda a, b: a ^ b,
    "inverted": lambda a, _: ~a,
    "sum": lambda a, b: a + b,
    "difference": lambda a, b: a - b,
    "negative": lambda a, _: -a,
    "product": lambda a, b: a * b,
    "equal": lambda a, b: a == b,
    "unequal": lambda a, b: a != b,
    "less": lambda a, b: a < b,
    "at most": lambda a, b: a <= b,
    "greater": lambda a, b: a > b,
    "at least": lambda a, b: a >= b,
    "choice": lambda a, b: Mux(a[0], b, a),
    "all": lambda a, b: a.all() & b.any(),
    "parity": lambda a, b: a.xor() ^ b.bool(),
    "part": lambda a, b: Cat(b[1:], a[:2], b[0].replicate(5)),
    "cut": lambda a, b: (a + b)[:2],
    "above": lambda a, b: (a - b)[1:],
    "nested": lambda a, b: ~(a - (b - a)) ^ (a + b).as_unsigned(),
    "mixed signs": lambda a, b: (a + b).as_signed() < (a ^ b),
    "compared in a sum": lambda a, b: (a < b) + (a - b < b),
}
_SHAPES = {
    "u4": unsigned(4),
    "s4": signed(4),
    "u3": unsigned(3),
    "s6": signed(6),
    "u1": unsigned(1),
}


class Circuit(wiring.Component):
    """Two inputs, an operator, a register with an enable and a reset, and an output."""

    def __init__(self, operator: Callable[[Value, Value], Value], a: Shape, b: Shape) -> None:
        self._operator = operator
        self._shape = operator(Signal(a), Signal(b)).shape()
        self.a: Signal
        self.b: Signal
        self.held: Signal
        self.wide: Signal
        shape = self._shape
        super().__init__(
            {
                "a": In(a),
                "b": In(b),
                "now": Out(shape),
                "wide": Out(Shape(shape.width + 3, signed=shape.signed)),
                "held": Out(shape),
            }
        )

    def elaborate(self, _platform: Modules) -> Module:
        m = Module()
        value = self._operator(self.a, self.b)
        m.d.comb += [getattr(self, name).eq(value) for name in ("now", "wide")]
        with m.If(self.a[0]):
            m.d.sync += self.held.eq(value)
        return m


class Circuits(wiring.Component):
    """A circuit for each pair of shapes, and the outputs of all of them side by side."""

    def __init__(self, operator: Callable[[Value, Value], Value]) -> None:
        self._circuits = {
            f"{a}_{b}": partial(Circuit, operator, _SHAPES[a], _SHAPES[b])
            for a in _SHAPES
            for b in _SHAPES
            if (a, b) != ("u1", "u1")
        }
        ports = [
            member
            for build in self._circuits.values()
            for _, member in flat_ports(build().signature)
            if member.flow is Out
        ]
        width = sum(Shape.cast(member.shape).width for member in ports)
        self.a: Signal
        self.b: Signal
        self.y: Signal
        super().__init__({"a": In(6), "b": In(6), "y": Out(width)})

    def elaborate(self, platform: Modules) -> Module:
        m = Module()
        outputs: list[Value] = []
        for name, build in self._circuits.items():
            _, a, b = build.args
            operands = {"a": self.a[: a.width], "b": self.b[: b.width]}
            placed = platform.place(m, f"of_{name}", name, build, **operands)
            outputs += [placed.now, placed.wide, placed.held]
        m.d.comb += self.y.eq(Cat(*outputs))
        return m


@pytest.mark.parametrize("operator", _OPERATORS)
def test_operators(operator: str) -> None:
    """Of operands of all widths and signs; in Verilog both of them spread through expressions."""
    rtlil, verilog = (
        convert(Circuits(_OPERATORS[operator]), "dut") for convert in (to_rtlil, to_verilog)
    )
    assert rtlil.count("module \\dut_") == verilog.count("module dut_") == len(_SHAPES) ** 2 - 1
    assert differing(rtlil, verilog) == []


def test_a_difference_is_found() -> None:
    """One character of the Verilog is enough."""
    c = _configuration("ternary-int8-8x8")
    rtlil, verilog = to_rtlil(c.component(), "dut"), _verilog("ternary-int8-8x8")
    broken = verilog.replace("key[3] & enable", "key[2] & enable")
    assert broken != verilog
    assert differing(rtlil, broken) == ["dut_lane"]
    assert differing(
        rtlil, verilog.replace("if (rst) results_valid", "if (1'b0) results_valid")
    ) == ["dut"]


class Twice(wiring.Component):
    """Two inverters, called like a port and like a word of Verilog.

    Ports:
        a: the input.
        y: the input again.
    """

    def __init__(self) -> None:
        self.a: Signal
        self.y: Signal
        super().__init__({"a": In(2), "y": Out(2)})

    def elaborate(self, platform: Modules) -> Module:
        m = Module()
        once = platform.place(m, "a", "inverter", Inverter, a=self.a)
        twice = platform.place(m, "always", "inverter", Inverter, a=once.y)
        m.d.comb += self.y.eq(twice.y)
        return m


class Inverter(wiring.Component):
    """Inverts a word."""

    def __init__(self) -> None:
        self.a: Signal
        self.y: Signal
        super().__init__({"a": In(2), "y": Out(2)})

    def elaborate(self, _platform: Modules) -> Module:
        m = Module()
        m.d.comb += self.y.eq(~self.a)
        return m


def test_instances_have_names_of_their_own() -> None:
    """Not those of ports, of wires or of Verilog's words."""
    text = to_verilog(Twice(), "dut")
    assert re.findall(r"^ +dut_inverter (\S+) ", text, re.MULTILINE) == ["a_2", "always_2"]
    assert lint(text, "dut", {}) == []
