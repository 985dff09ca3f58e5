"""Modules that are emitted once and instantiated many times.

Amaranth elaborates every submodule anew, so a tile of 32 equal columns costs 32 elaborations and 32
copies of Verilog. Here a component of a given name is converted to RTLIL once; every use of it is
an instance. Seconds become milliseconds, the Verilog stays readable, and synthesis may map a
repeated module once.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import partial
from types import SimpleNamespace
from typing import Any, cast

from amaranth.back import rtlil
from amaranth.hdl import ClockSignal, Instance, Module, ResetSignal, Signal, Value, ValueLike
from amaranth.hdl._ir import PortDirection  # which `convert` takes, and Amaranth exports nowhere
from amaranth.lib import wiring

__all__ = ["Modules", "flat_ports", "to_rtlil"]

_PORT = re.compile(r"^(  wire width \d+ (?:input|output)) \d+ (.*)\\(\S+)$", re.MULTILINE)
_RESET = re.compile(r"^  wire width 1 input \d+ .*\\rst$", re.MULTILINE)
_CLOCKS = ("clk", "rst")


class Modules:
    """The modules of one design, by name; handed to every `elaborate` as its ``platform``.

    Args:
        prefix: the design's module name. Every module is called ``<prefix>_<name>``, so that two
            designs fit into one chip without a clash of names.
    """

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._components: dict[str, wiring.Component] = {}
        self._made: dict[str, tuple[object, ...]] = {}  # how each component is made
        self._rtlil: dict[str, str] = {}

    def place(
        self,
        m: Module,
        label: str,
        name: str,
        build: type[wiring.Component] | partial[Any],
        **inputs: ValueLike,
    ) -> SimpleNamespace:
        """Instantiate a module in ``m`` and return its outputs by port name.

        A module is its type and its arguments: what has both in common with one that is there is
        an instance of that one. Another one of the same name is called ``<name>_2``, and so on.

        Args:
            m: the module that gets the instance.
            label: the instance's name, unique in ``m``.
            name: the module's name without the design's prefix.
            build: the component's type, or with arguments a partial of it, which are compared;
                called only for the first use.
            inputs: what drives each input port, all of them; clock and reset come by themselves.

        Raises:
            TypeError: an input is not one of the module's, or ``build`` cannot be compared.
            KeyError: an input of the module is missing.
        """
        name = self._find(name, build)
        connections: dict[str, ValueLike] = {}
        outputs = SimpleNamespace()
        for port, member in flat_ports(self._components[name].signature):
            if member.flow is wiring.In:
                connections[f"i_{port}"] = inputs.pop(port)
            else:
                signal = Signal(member.shape, name=f"{label}_{port}")
                connections[f"o_{port}"] = signal
                setattr(outputs, port, signal)
        if inputs:
            raise TypeError(f"module {name} has no input {', '.join(inputs)}")
        emitted = {port for *_, port in _PORT.findall(self._rtlil[name])}
        for port, signal in zip(_CLOCKS, (ClockSignal(), ResetSignal()), strict=True):
            if port in emitted:
                connections[f"i_{port}"] = signal
        m.submodules[label] = Instance(f"{self._prefix}_{name}", **connections)
        return outputs

    def _find(self, name: str, build: type[wiring.Component] | partial[Any]) -> str:
        """The name of the module that is made like this, which is made if it is not there."""
        if isinstance(build, partial):
            made = (build.func, build.args, build.keywords)
        elif isinstance(build, type):
            made = (build, (), {})
        else:
            raise TypeError(
                f"module {name} is made by a function: give its type, or a partial of it"
            )
        number, free = 1, name
        while self._made.setdefault(free, made) != made:
            number += 1
            free = f"{name}_{number}"
        if free not in self._components:
            self._components[free] = component = build()
            self._rtlil[free] = self._convert(component, f"{self._prefix}_{free}")
        return free

    @property
    def components(self) -> dict[str, wiring.Component]:
        """The component of each module, by the module's name."""
        return {
            f"{self._prefix}_{name}" if name else self._prefix: component
            for name, component in self._components.items()
        }

    def top(self, component: wiring.Component, *, clocked: bool = False) -> str:
        """The RTLIL of the whole design, with ``component`` as the module called ``<prefix>``.

        Args:
            component: the top.
            clocked: it gets a clock and a reset even if it has no register, as all units have
                them: they are driven alike.
        """
        self._components[""] = component
        text = self._convert(component, self._prefix)
        missing = [
            f"  wire width 1 input {number} \\{clock}\n"
            for number, clock in enumerate(_CLOCKS if clocked else (), start=1)
            if not re.search(rf"^  wire width 1 input \d+ .*\\{clock}$", text, re.MULTILINE)
        ]
        head = f"module \\{self._prefix}\n"
        text = text.replace(head, head + "".join(missing), 1)
        return "\n".join([*self._rtlil.values(), text])

    def _convert(self, component: wiring.Component, name: str) -> str:
        named = _named_ports(component)
        text = rtlil.convert(component, name=name, platform=self, ports=named, emit_src=False)
        if len(re.findall(r"\\rst\b", text)) == 1:  # declared, and no register here uses it
            text = _RESET.sub("", text)
        ports = flat_ports(component.signature)
        numbers = {port: number for number, port in enumerate([*_CLOCKS, *dict(ports)], start=1)}
        return _PORT.sub(lambda port: f"{port[1]} {numbers[port[3]]} {port[2]}\\{port[3]}", text)


def flat_ports(signature: wiring.Signature) -> list[tuple[str, wiring.Member]]:
    """The ports of a component in the order of its signature, as they are called in Verilog.

    A port of a stream is called ``<stream>_<part>``: ``results_valid``.

    Raises:
        ValueError: two ports would bear one name, or one that of clock or reset.
    """
    members = signature.flatten(signature.create())
    ports = [("_".join(map(str, path)), cast("wiring.Member", m)) for path, m, _ in members]
    counts = Counter([*_CLOCKS, *(name for name, _ in ports)])
    if doubles := [name for name, count in counts.items() if count > 1]:
        raise ValueError(f"more than one port would be called {', '.join(doubles)}")
    return ports


def _named_ports(component: wiring.Component) -> dict[str, tuple[Signal, PortDirection]]:
    """The signals of a component's ports, which get the names that the ports have in Verilog.

    Amaranth itself joins a stream and its part with two underscores. Directions are those of the
    signature: an output that nothing drives is constant, and no input.
    """
    leaves = component.signature.flatten(component)
    named: dict[str, tuple[Signal, PortDirection]] = {}
    for (name, member), (*_, port) in zip(flat_ports(component.signature), leaves, strict=True):
        signal = Value.cast(port)
        assert isinstance(signal, Signal)
        signal.name = name
        is_input = member.flow is wiring.In
        named[name] = signal, PortDirection.Input if is_input else PortDirection.Output
    return named


def to_rtlil(component: wiring.Component, name: str, *, clocked: bool = False) -> str:
    """Convert a design to RTLIL text, byte-identical from run to run.

    Args:
        component: the top of the design.
        name: the top module's name, also the prefix of every other module's.
        clocked: see `Modules.top`.
    """
    return Modules(name).top(component, clocked=clocked)
