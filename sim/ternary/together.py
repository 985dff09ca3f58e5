"""Several cores side by side in one simulator, which costs less than one simulator for each."""

from __future__ import annotations

from collections.abc import Sequence

from amaranth.hdl import Shape
from amaranth.lib import wiring

from hw.modules import flat_ports
from hw.ternary import TernaryConfiguration, component, signature
from sim.run import run_jobs
from sim.simulate import Simulation, job_of, judged
from sim.simulator import build_simulator
from sim.ternary.product import Product
from sim.ternary.streams import streams
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
        self, products: Sequence[Sequence[Product]], *, seed: int = 0, stall: float = 0.0
    ) -> list[Simulation]:
        """As `sim.simulate.simulate`, with products for each core; all cores run at once."""
        for configuration, own in zip(self._configurations, products, strict=True):
            for product in own:
                product.check(configuration)
        simulator = build_simulator(self.verilog, self.top, self._ports)
        wanted = [
            streams(configuration, own)
            for configuration, own in zip(self._configurations, products, strict=True)
        ]
        jobs = [
            job_of(each, stall=stall, seed=seed + i, prefix=f"core{i}_")
            for i, each in enumerate(wanted)
        ]
        outcomes = run_jobs(simulator, self.top, jobs)
        return [
            judged(
                configuration,
                products[i],
                wanted[i],
                outcomes[i],
                stated=None if stall else configuration.cycles(*(p.shape for p in products[i])),
                prefix=f"core{i}_",
            )
            for i, configuration in enumerate(self._configurations)
        ]
