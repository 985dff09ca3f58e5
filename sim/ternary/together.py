"""Several cores side by side in one simulator, which costs less than one simulator for each."""

from __future__ import annotations

import re
from collections.abc import Sequence

from amaranth.hdl import Shape
from amaranth.lib import wiring

from hw.modules import flat_ports
from hw.ternary import TernaryConfiguration, component, signature
from sim.run import run_rounds
from sim.simulator import build_simulator
from sim.ternary.product import Product
from sim.ternary.rounds import Simulation, directed_rounds, round_of, summary
from sim.verilog import to_verilog

__all__ = ["Cores"]


class Cores:
    """Cores that share clock and reset and nothing else.

    Args:
        configurations: of the cores; number n is the module ``core<n>``.
        texts: their Verilog, each with the top module ``dut`` and modules ``dut_<name>``, if it is
            not to be the configurations' own.

    Attributes:
        top: name of the module around them.
        verilog: text of all modules.
    """

    def __init__(
        self,
        configurations: Sequence[TernaryConfiguration],
        texts: Sequence[str] | None = None,
    ) -> None:
        self.top = "cores"
        self._configurations = configurations
        modules, instances, ports = [], [], {"clk": "input", "rst": "input"}
        for i, configuration in enumerate(configurations):
            if texts is None:
                modules.append(to_verilog(component(configuration), f"core{i}"))
            else:
                modules.append(re.sub(r"\bdut(?=\b|_)", f"core{i}", texts[i]))
            pins = {"clk": "clk", "rst": "rst"}
            for name, member in flat_ports(signature(configuration)):
                pins[name] = f"core{i}_{name}"
                way = "input" if member.flow is wiring.In else "output"
                ports[pins[name]] = f"{way} [{Shape.cast(member.shape).width - 1}:0]"
            connections = ", ".join(f".{pin}({port})" for pin, port in pins.items())
            instances.append(f"  core{i} core{i}_ ({connections});\n")
        header = ",\n".join(f"  {way} {port}" for port, way in ports.items())
        modules.append(f"module {self.top}(\n{header}\n);\n{''.join(instances)}endmodule\n")
        self._ports = list(ports)
        self.verilog = "\n".join(modules)

    def simulate(
        self,
        products: Sequence[Sequence[Product]],
        *,
        seed: int = 0,
        stall: float = 0.0,
        directed: bool = False,
    ) -> list[Simulation]:
        """As `sim.simulate.simulate`, with products for each core; all cores run at once.

        A core that ends the simulation, or that does not let go of it, ends that of all others.
        """
        cores = []
        for i, (configuration, own) in enumerate(zip(self._configurations, products, strict=True)):
            settings = {"seed": seed, "prefix": f"core{i}_"}
            rounds = directed_rounds(configuration, **settings) if directed else []
            cores.append([*rounds, round_of(configuration, own, stall=stall, **settings)])
        simulator = build_simulator(self.verilog, self.top, self._ports)
        jobs = [[part.job for part in parts] for parts in zip(*cores, strict=True)]
        outcomes = run_rounds(simulator, self.top, jobs)
        return [
            summary([part.judged(outcomes[n][i]) for n, part in enumerate(rounds)])
            for i, rounds in enumerate(cores)
        ]
