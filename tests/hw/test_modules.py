"""Modules: what is emitted is the same every time, once, and under the design's own names."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from functools import partial
from typing import Any

import numpy as np
import pytest
from amaranth.hdl import Const, Module, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from hw.codec import Decoder
from hw.float import FloatMultiplier
from hw.formats import Float, Integer
from hw.modules import Modules, flat_ports, to_rtlil
from hw.ternary import (
    TernaryConfiguration,
    TernaryLut,
    TernaryMultiplier,
    TernarySignflip,
    Workload,
    component,
)
from sim.formats import multiply
from tests.gates import Gates

_INT4, _UINT4, _INT8 = map(Integer.parse, ("int4", "uint4", "int8"))
_WORKLOAD = Workload(inputs=12, outputs=4, batch=2)
CONFIGURATIONS: dict[str, TernaryConfiguration] = {
    "lut": TernaryLut(group=3, luts=3, columns=2, activation=_INT4, workload=_WORKLOAD),
    "lut with everything": TernaryLut(
        group=2,
        luts=2,
        columns=3,
        activation=_UINT4,
        table_register=True,
        reduce_register=True,
        sequencer=True,
        workload=_WORKLOAD,
    ),
    "signflip": TernarySignflip(luts=4, columns=2, activation=_INT8, workload=_WORKLOAD),
    "multiplier": TernaryMultiplier(
        luts=2, columns=2, activation=_INT4, reduce_register=True, workload=_WORKLOAD
    ),
}

every_configuration = pytest.mark.parametrize("c", CONFIGURATIONS.values(), ids=CONFIGURATIONS)


def modules_of(rtlil: str) -> list[tuple[str, str]]:
    """Name and body of every module, in the order of the text."""
    parts = re.split(r"^module \\(\S+)$", rtlil, flags=re.MULTILINE)[1:]
    return list(zip(parts[::2], parts[1::2], strict=True))


def ports_of(body: str) -> list[str]:
    """A module's ports by number."""
    wires = re.findall(r"^ *wire width \d+ (?:input|output) (\d+) .*?\\(\S+)$", body, re.MULTILINE)
    return [name for _, name in sorted(wires, key=lambda wire: int(wire[0]))]


@every_configuration
def test_text_is_the_same_twice(c: TernaryConfiguration) -> None:
    """Two conversions give the same bytes."""
    assert to_rtlil(component(c), "unit") == to_rtlil(component(c), "unit")


def test_text_does_not_depend_on_the_process() -> None:
    """Neither does the order of Python's hashes show, in another process with another seed."""
    script = (
        "import hashlib\n"
        "from hw.modules import to_rtlil\n"
        "from hw.ternary import TernaryLut, Workload, component\n"
        "w = Workload(inputs=12, outputs=4, batch=2)\n"
        "c = TernaryLut(group=3, luts=3, columns=2, activation='int4', workload=w)\n"
        "print(hashlib.sha256(to_rtlil(component(c), 'unit').encode()).hexdigest())\n"
    )
    path = os.pathsep.join(filter(None, sys.path))
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"PYTHONHASHSEED": "1", "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    unit_rtlil = to_rtlil(component(CONFIGURATIONS["lut"]), "unit").encode()
    assert done.stdout.strip() == hashlib.sha256(unit_rtlil).hexdigest()


@every_configuration
def test_every_module_is_emitted_once(c: TernaryConfiguration) -> None:
    """No name twice, and no instance of a module that is not there."""
    text = to_rtlil(component(c), "unit")
    names = [name for name, _ in modules_of(text)]
    assert len(names) == len(set(names)) > 4
    assert set(re.findall(r"^ *cell \\(\S+) ", text, re.MULTILINE)) == set(names) - {"unit"}


@every_configuration
def test_equal_parts_are_one_module(c: TernaryConfiguration) -> None:
    """One bank, one lane and one column, however many of each there are."""
    text = to_rtlil(component(c), "unit")
    for part, count in (("bank", c.luts), ("column", c.columns), ("lane", c.columns)):
        assert len(re.findall(rf"^module \\unit_{part}$", text, re.MULTILINE)) == 1
        assert len(re.findall(rf"^ *cell \\unit_{part} ", text, re.MULTILINE)) == count


@every_configuration
def test_names_start_with_the_prefix(c: TernaryConfiguration) -> None:
    """The top is called as asked, everything else <prefix>_<name>."""
    *others, (top, _) = modules_of(to_rtlil(component(c), "unit"))
    assert top == "unit"
    assert all(name.startswith("unit_") for name, _ in others)


@pytest.mark.parametrize("name", ["lut", "lut with everything"])
def test_ports_of_the_top_are_in_order(name: str) -> None:
    """Clock, reset, then stream by stream as the signature has them."""
    c = CONFIGURATIONS[name]
    streams = ["activations", "weights", "initial", "results"]
    if c.sequencer:
        streams.insert(0, "command")
    expected = [f"{port}_{part}" for port in streams for part in ("payload", "valid", "ready")]
    _, top = modules_of(to_rtlil(component(c), "unit"))[-1]
    assert ports_of(top) == ["clk", "rst", *expected]


@every_configuration
def test_ports_are_numbered_without_doubles(c: TernaryConfiguration) -> None:
    """In no module do two ports share a number."""
    for _, body in modules_of(to_rtlil(component(c), "unit")):
        numbers = re.findall(r"^ *wire width \d+ (?:input|output) (\d+) ", body, re.MULTILINE)
        assert len(numbers) == len(set(numbers)) == len(ports_of(body)) > 0


@every_configuration
def test_no_module_has_a_reset_that_it_does_not_use(c: TernaryConfiguration) -> None:
    """Where there is a ``rst`` port, a register or an instance below reads it."""
    using = []
    for name, body in modules_of(to_rtlil(component(c), "unit")):
        mentions = len(re.findall(r"\\rst\b", body))
        assert ("rst" in ports_of(body)) == (mentions > 1), name
        using += [name] * (mentions > 1)
    assert "unit" in using
    assert "unit_column" not in using  # its registers need none


class Inverter(wiring.Component):
    """The smallest circuit."""

    def __init__(self) -> None:
        self.a: Signal
        self.y: Signal
        super().__init__({"a": In(1), "y": Out(1)})

    def elaborate(self, _platform: Modules) -> Module:
        m = Module()
        m.d.comb += self.y.eq(~self.a)
        return m


def test_inputs_must_be_those_of_the_module() -> None:
    """A misspelt input and a missing one are errors, not open ports."""
    modules = Modules("unit")
    zero: Any = Const(0)
    with pytest.raises(TypeError, match="module inverter has no input b"):
        modules.place(Module(), "first", "inverter", Inverter, a=zero, b=zero)
    with pytest.raises(KeyError, match="a"):
        modules.place(Module(), "second", "inverter", Inverter)


@pytest.mark.parametrize("name", ["lut", "lut with everything"])
def test_port_names_are_plain(name: str) -> None:
    """One underscore joins a stream and its part: two would become ``___05F`` in C++."""
    names = [
        port
        for _, body in modules_of(to_rtlil(component(CONFIGURATIONS[name]), "unit"))
        for port in ports_of(body)
    ]
    assert "results_valid" in names
    assert not [port for port in names if "__" in port]


@pytest.mark.parametrize(
    ("members", "doubles"),
    [
        ({"a": Out(stream.Signature(1)), "a_valid": In(1)}, "a_valid"),
        ({"a": Out(wiring.Signature({"b_c": Out(1)})), "a_b": Out(wiring.Signature({"c": Out(1)}))},
         "a_b_c"),
        ({"rst": In(1)}, "rst"),
    ],
)  # fmt: skip
def test_two_ports_of_one_name_are_an_error(members: dict[str, Any], doubles: str) -> None:
    """Rather than one of them being given another name without a word."""
    with pytest.raises(ValueError, match=f"more than one port would be called {doubles}$"):
        flat_ports(wiring.Signature(members))


class Silent(Inverter):
    """Leaves its output alone."""

    def elaborate(self, _platform: Modules) -> Module:
        return Module()


def test_an_output_that_nothing_drives_is_an_output() -> None:
    """As of a decoder for a format without infinities: it is 0."""
    ((_, body),) = modules_of(to_rtlil(Silent(), "unit"))
    assert re.search(r"wire width 1 output 4  ?\\y$", body, re.MULTILINE)
    decoder = Decoder(Float.parse("fp8_e4m3"))
    ((_, body),) = modules_of(to_rtlil(decoder, "unit"))
    assert re.search(r"wire width 1 output \d+  ?\\infinity$", body, re.MULTILINE)


def test_component_of_a_name_is_built_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second use of a name is another instance of the same module."""
    built: list[Inverter] = []
    start = Inverter.__init__
    monkeypatch.setattr(Inverter, "__init__", lambda self: (built.append(self), start(self))[1])
    modules, m = Modules("unit"), Module()
    zero: Any = Const(0)
    first = modules.place(m, "first", "inverter", Inverter, a=zero)
    second = modules.place(m, "second", "inverter", Inverter, a=first.y)
    assert first.y is not second.y
    assert len(built) == 1


def test_what_makes_a_module_can_be_compared() -> None:
    """A function says nothing of what it makes, so one name could stand for two circuits."""

    def build() -> Inverter:
        return Inverter()

    function: Any = build
    sentence = "module inverter is made by a function: give its type, or a partial of it"
    with pytest.raises(TypeError, match=sentence):
        Modules("unit").place(Module(), "first", "inverter", function, a=Const(0))


_FORMATS = ("fp8_e4m3", "fp8_e5m2")


class Products(wiring.Component):
    """Multiplies in two formats, which need decoders and encoders of the same name."""

    def __init__(self) -> None:
        codes = {f"{port}{i}": In(8) for i in range(2) for port in "ab"}
        super().__init__(codes | {f"product{i}": Out(8) for i in range(2)})

    def elaborate(self, platform: Modules) -> Module:
        m = Module()
        for i, name in enumerate(_FORMATS):
            multiplier = platform.place(
                m,
                f"multiplier{i}",
                "multiplier",
                partial(FloatMultiplier, Float.parse(name)),
                a=getattr(self, f"a{i}"),
                b=getattr(self, f"b{i}"),
            )
            m.d.comb += getattr(self, f"product{i}").eq(multiplier.product)
        return m


def test_two_circuits_do_not_share_a_name() -> None:
    """Multipliers of two formats in one design are what each of them is in a design of its own."""
    text = to_rtlil(Products(), "unit")
    bodies = dict(modules_of(text))
    for number, name in enumerate(_FORMATS):
        form = Float.parse(name)
        suffix = "_2" * number
        alone = dict(modules_of(to_rtlil(FloatMultiplier(form), "unit")))
        for part in ("_multiplier_decoder", "_multiplier_encoder"):
            expected = alone[f"unit{part}"]
            assert bodies[f"unit{part}{suffix}"] == expected
        assert f"cell \\unit_multiplier_decoder{suffix} " in bodies[f"unit_multiplier{suffix}"]
    assert bodies["unit_multiplier_decoder"] != bodies["unit_multiplier_decoder_2"]


def test_multipliers_of_two_formats_in_one_design_are_both_right() -> None:
    """All pairs of codes; with one decoder for both formats a third of the products is wrong."""
    codes = np.arange(1 << 8)
    a, b = (operand.ravel() for operand in np.meshgrid(codes, codes))
    products = Gates(Products())(a0=a, b0=b, a1=a, b1=b)
    for number, name in enumerate(_FORMATS):
        expected = multiply(Float.parse(name), a, b)
        np.testing.assert_array_equal(products[f"product{number}"], expected)


def test_equal_arguments_are_one_circuit() -> None:
    """Also those that are equal without being the same object."""
    modules, m = Modules("unit"), Module()
    for label in ("first", "second"):
        decoder = partial(Decoder, Float.parse("fp8_e4m3"))
        modules.place(m, label, "decoder", decoder, code=Const(0, 8))
    assert list(modules.components) == ["unit_decoder"]
