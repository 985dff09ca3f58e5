"""Several units side by side in one simulator, which costs less than one simulator for each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from amaranth.hdl import Shape
from amaranth.lib import wiring

from hw.modules import flat_ports
from hw.unit import Unit
from sim.rounds import Simulation, directed_rounds, round_of, summary
from sim.run import run_rounds
from sim.simulator import build_simulator
from sim.verilog import to_verilog

__all__ = ["Together"]


class Together:
    """Units that share clock and reset and nothing else.

    Args:
        units: their configurations, of any families; number n is the module ``unit<n>``.
        texts: their Verilog, each with the top module ``dut`` and modules ``dut_<name>``, if it is
            not to be the configurations' own.

    Attributes:
        top: name of the module around them.
        verilog: text of all modules.
    """

    def __init__(
        self,
        units: Sequence[Unit],
        texts: Sequence[str] | None = None,
    ) -> None:
        self.top = "together"
        self._units = units
        modules, instances, ports = [], [], {"clk": "input", "rst": "input"}
        for i, unit in enumerate(units):
            if texts is None:
                modules.append(to_verilog(unit.component(), f"unit{i}", clocked=True))
            else:
                modules.append(re.sub(r"\bdut(?=\b|_)", f"unit{i}", texts[i]))
            pins = {"clk": "clk", "rst": "rst"}
            for name, member in flat_ports(unit.signature()):
                pins[name] = f"unit{i}_{name}"
                way = "input" if member.flow is wiring.In else "output"
                ports[pins[name]] = f"{way} [{Shape.cast(member.shape).width - 1}:0]"
            connections = ", ".join(f".{pin}({port})" for pin, port in pins.items())
            instances.append(f"  unit{i} unit{i}_ ({connections});\n")
        header = ",\n".join(f"  {way} {port}" for port, way in ports.items())
        modules.append(f"module {self.top}(\n{header}\n);\n{''.join(instances)}endmodule\n")
        self._ports = list(ports)
        self.verilog = "\n".join(modules)

    def simulate(
        self,
        work: Sequence[Sequence[Any]],
        *,
        seed: int = 0,
        stall: float = 0.0,
        directed: bool = False,
    ) -> list[Simulation]:
        """As `sim.simulate.simulate`, with work for each unit; all units run at once.

        A unit that ends the simulation, or that does not let go of it, ends that of all others.
        """
        rounds = []
        for i, (unit, own) in enumerate(zip(self._units, work, strict=True)):
            settings = {"seed": seed, "prefix": f"unit{i}_"}
            before = directed_rounds(unit, **settings) if directed else []
            rounds.append([*before, round_of(unit, own, stall=stall, **settings)])
        simulator = build_simulator(self.verilog, self.top, self._ports)
        jobs = [[part.job for part in at_once] for at_once in zip(*rounds, strict=True)]
        outcomes = run_rounds(simulator, self.top, jobs)
        return [
            summary([part.judged(outcomes[n][i]) for n, part in enumerate(of_unit)])
            for i, of_unit in enumerate(rounds)
        ]
