"""Several cores side by side in one simulator, which costs less than one simulator for each."""

from __future__ import annotations

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

    Attributes:
        top: name of the module around them.
        verilog: text of all modules.
    """

    def __init__(self, configurations: Sequence[TernaryConfiguration]) -> None:
        self.top = "cores"
        self._configurations = configurations
        texts, instances, ports = [], [], {"clk": "input", "rst": "input"}
        for i, configuration in enumerate(configurations):
            texts.append(to_verilog(component(configuration), f"core{i}"))
            pins = {"clk": "clk", "rst": "rst"}
            for name, member in flat_ports(signature(configuration)):
                pins[name] = f"core{i}_{name}"
                way = "input" if member.flow is wiring.In else "output"
                ports[pins[name]] = f"{way} [{Shape.cast(member.shape).width - 1}:0]"
            connections = ", ".join(f".{pin}({port})" for pin, port in pins.items())
            instances.append(f"  core{i} core{i}_ ({connections});\n")
        header = ",\n".join(f"  {way} {port}" for port, way in ports.items())
        texts.append(f"module {self.top}(\n{header}\n);\n{''.join(instances)}endmodule\n")
        self._ports = list(ports)
        self.verilog = "\n".join(texts)

    def simulate(
        self,
        products: Sequence[Sequence[Product]],
        *,
        seed: int = 0,
        stall: float = 0.0,
        directed: bool = False,
    ) -> list[Simulation]:
        """As `sim.simulate.simulate`, with products for each core; all cores run at once."""
        cores = []
        for i, (configuration, own) in enumerate(zip(self._configurations, products, strict=True)):
            settings = {"seed": seed + i, "prefix": f"core{i}_"}
            rounds = directed_rounds(configuration, **settings) if directed else []
            cores.append([*rounds, round_of(configuration, own, stall=stall, **settings)])
        simulator = build_simulator(self.verilog, self.top, self._ports)
        jobs = [[part.job for part in parts] for parts in zip(*cores, strict=True)]
        outcomes = run_rounds(simulator, self.top, jobs)
        return [
            summary([part.judged(outcomes[n][i]) for n, part in enumerate(rounds)])
            for i, rounds in enumerate(cores)
        ]
