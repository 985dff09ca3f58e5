"""Emitted netlists, counted: what each module of a design holds before anything is optimised."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from amaranth.lib import wiring

from hw.modules import to_rtlil
from tests.support import run_yosys

__all__ = ["Emitted", "emitted"]

_ADDERS = "_adders_"


@dataclass(frozen=True)
class Emitted:
    """A module: how often it is in the design, and what one of it holds.

    Attributes:
        copies: instances in the whole design.
        bits: output bits that something reads (of adders all), by the type of the cell that gives
            them; and of a bit heap's rows the adders, as ``full``, ``half`` and ``dual_half``.
        taken: bits of the cells' first input, by the type of the cell.
    """

    copies: int
    bits: Counter[str]
    taken: Counter[str]

    @property
    def register_bits(self) -> int:
        """Flip-flops."""
        return sum(bits for kind, bits in self.bits.items() if "dff" in kind)

    @property
    def half_adders(self) -> int:
        """Half adders of both kinds."""
        return self.bits["half"] + self.bits["dual_half"]


def emitted(components: Iterable[wiring.Component]) -> list[dict[str, Emitted]]:
    """The modules of each design, by their names without the design's, but for rows of adders."""
    with TemporaryDirectory() as folder:
        files = []
        for i, component in enumerate(components):
            file = Path(folder) / f"{i}.il"
            file.write_text(to_rtlil(component, "dut"))
            files.append(file)
        done = run_yosys([command for file in files for command in _commands(file)])
        assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-1000:]
        return [
            _modules(json.loads(file.with_suffix(".json").read_text())["modules"]) for file in files
        ]


def _commands(file: Path) -> Sequence[str]:
    """Equal gates are merged in two places.

    A bank's table is written anew for every lane; most rows of a multiplying lane are one word.
    """
    return (
        "design -reset",
        f"read_rtlil {file}",
        "hierarchy -top dut",
        "proc -noopt",
        "opt_merge =*_bank =*_lane",
        "opt_clean",
        f"tee -q -o {file.with_suffix('.txt')} write_json {file.with_suffix('.json')}",
    )


def _modules(modules: dict[str, Any]) -> dict[str, Emitted]:
    copies: Counter[str] = Counter()

    def visit(name: str, times: int) -> None:
        copies[name] += times
        inside = Counter(cell["type"] for cell in modules[name]["cells"].values())
        for kind, count in inside.items():
            if kind in modules:
                visit(kind, times * count)

    visit("dut", 1)
    return {
        name.removeprefix("dut").removeprefix("_"): _counted(copies[name], module)
        for name, module in modules.items()
        if _ADDERS not in name
    }


def _counted(copies: int, module: dict[str, Any]) -> Emitted:
    cells = list(module["cells"].values())
    read = {bit for port in _ports(module, "output") for bit in port}
    read.update(bit for cell in cells for port in _connected(cell, "input") for bit in port)
    written: Counter[str] = Counter()
    taken: Counter[str] = Counter()
    for cell in cells:
        kind = cell["type"]
        if _ADDERS in kind:
            row, _, width = kind.removeprefix("dut_").partition(_ADDERS)
            written[row] += int(width)
        elif kind.startswith("$"):
            (output,) = _connected(cell, "output")
            written[kind] += sum(kind in ("$add", "$sub") or bit in read for bit in output)
            taken[kind] += len(cell["connections"]["A"]) if "A" in cell["connections"] else 0
    return Emitted(copies, written, taken)


def _ports(module: dict[str, Any], direction: str) -> Iterator[list[Any]]:
    return (port["bits"] for port in module["ports"].values() if port["direction"] == direction)


def _connected(cell: dict[str, Any], direction: str) -> Iterator[list[Any]]:
    return (
        bits
        for port, bits in cell["connections"].items()
        if cell["port_directions"].get(port, "input") == direction
    )
