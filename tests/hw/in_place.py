"""Designs for Amaranth's own simulator: what `Modules` instantiates is elaborated in place."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from amaranth.hdl import Fragment, Module
from amaranth.lib import wiring
from amaranth.sim import Simulator

from hw.modules import flat_ports

__all__ = ["simulator"]


class _InPlace:
    """Stands for `Modules`: every component is a submodule of its own."""

    def place(
        self,
        m: Module,
        label: str,
        _name: str,
        build: Callable[[], Any],
        **inputs: Any,
    ) -> SimpleNamespace:
        """As `Modules.place`."""
        component = build()
        m.submodules[label] = component
        outputs = SimpleNamespace()
        ports = flat_ports(component.signature)
        leaves = component.signature.flatten(component)
        for (name, member), (_, _, port) in zip(ports, leaves, strict=True):
            if member.flow is wiring.In:
                m.d.comb += port.eq(inputs.pop(name))
            else:
                setattr(outputs, name, port)
        assert not inputs
        return outputs


def simulator(component: wiring.Component) -> Simulator:
    """A simulator of a component and all that it places."""
    return Simulator(Fragment.get(component, _InPlace()))
