"""Recordings of simulations of a small circuit, as its users make them."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vcd import VCDWriter

__all__ = ["CYCLES", "MAC", "PORTS", "dump", "saif", "work"]

MAC = """module mac(input clk, input rst_n, input clear, input [3:0] a, b, output reg [9:0] sum);
always @(posedge clk or negedge rst_n)
if (!rst_n) sum <= 0; else sum <= (clear ? 10'd0 : sum) + a * b;
endmodule
"""
PORTS = {"clk": 1, "rst_n": 1, "clear": 1, "a": 4, "b": 4, "sum": 10}
CYCLES = 40


def work(largest: int, seed: int = 0) -> Iterator[dict[str, int]]:
    """Inputs and sum after each rising edge, as a simulation of `MAC` has them."""
    rng = random.Random(seed)
    total, given = 0, {"rst_n": 0, "clear": 0, "a": 0, "b": 0}
    for cycle in range(CYCLES):
        if given["rst_n"]:
            total = ((0 if given["clear"] else total) + given["a"] * given["b"]) % 1024
        given = {
            "rst_n": int(cycle > 2),
            "clear": int(cycle % 8 == 0),
            "a": rng.randint(0, largest),
            "b": rng.randint(0, largest),
        }
        yield given | {"sum": total}


def dump(path: Path, rows: Iterator[dict[str, Any]], *scopes: str) -> Path:
    """A recording of rows, a clock of 10 ns, and the same ports in every scope."""
    with path.open("w") as file, VCDWriter(file, timescale="1 ns") as writer:
        ports = {
            scope: {
                port: writer.register_var(scope, port, "wire", size=size, init=0)
                for port, size in PORTS.items()
            }
            for scope in scopes or ("tb.dut",)
        }
        for cycle, row in enumerate(rows):
            for variables in ports.values():
                writer.change(variables["clk"], 10 * cycle + 5, 1)
                for port, value in row.items():
                    writer.change(variables[port], 10 * cycle + 5, value)
            for variables in ports.values():
                writer.change(variables["clk"], 10 * cycle + 10, 0)
    return path


def saif(rows: list[dict[str, Any]]) -> str:
    """Toggles and times at 1 of the ports in rows, and of the clock, as SAIF."""
    lasted = 10 * len(rows)
    counts = {"clk": (2 * len(rows), lasted // 2)}
    for port, width in PORTS.items():
        for bit in range(width if port != "clk" else 0):
            values = [0, *(row[port] >> bit & 1 for row in rows)]
            name = port if width == 1 else f"{port}\\[{bit}\\]"
            toggles = sum(a != b for a, b in itertools.pairwise(values))
            counts[name] = (toggles, 10 * sum(values))
    nets = "\n".join(
        f"({name} (T0 {lasted - high}) (T1 {high}) (TX 0) (TC {toggles}) (IG 0))"
        for name, (toggles, high) in counts.items()
    )
    return f"(SAIFILE (DURATION {lasted})\n(INSTANCE tb\n(INSTANCE dut\n(NET\n{nets}\n))))\n"
