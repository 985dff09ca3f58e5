"""Speed of what is done with ternary cores: golden model, commands, simulator, explorer, flow."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.measuring import Row, best, fresh_cache, idle_and_all, program, synthesize
from macsmith.design import load_design
from macsmith.exploration import estimators_of
from macsmith.space_file import load_space
from sim.simulate import random_work, simulate
from sim.ternary.product import multiply

__all__ = ["MEASURES"]


def golden() -> Iterator[Row]:
    """The golden model next to numpy's matrix product in double precision."""
    rng = np.random.default_rng(0)
    for batch, inputs, outputs in ((1, 2560, 6912), (16, 2560, 6912), (256, 2560, 2560)):
        activations = rng.integers(-128, 127, (batch, inputs), dtype=np.int8)
        weights = rng.integers(-1, 2, (inputs, outputs), dtype=np.int8)
        left, right = activations.astype(np.float64), weights.astype(np.float64)
        ours = best(partial(multiply, activations, weights), 9)
        theirs = best(partial(np.matmul, left, right), 9)
        yield Row(
            f"golden product {batch} x {inputs} x {outputs}",
            f"{ours * 1e3:.1f} ms",
            "<= 2 x float64",
            ours <= 2 * theirs,
            f"{ours / theirs:.2f} x numpy's {theirs * 1e3:.1f} ms",
        )


def command_line() -> Iterator[Row]:
    """What a user waits for: generation, and the second simulation of a design."""
    bare = best(lambda: program("-c", ""))
    with tempfile.TemporaryDirectory() as folder:
        for name in ("ternary-int8-8x8", "ternary-int8-32x32"):
            call = partial(program, "-m", "macsmith", "generate", name, "-o", folder)
            seconds = best(call, 3)
            beside = f"{seconds / bare:.0f} x an empty Python"
            yield Row(f"generate {name}", f"{seconds:.2f} s", "<= 3 s", seconds <= 3, beside)
    arguments = ("-m", "macsmith", "simulate", "ternary-int8-8x8", "--vectors", "1000")
    program(*arguments)
    seconds = best(lambda: program(*arguments), 3)
    yield Row("simulate 8 x 8 again, 1,000 vectors", f"{seconds:.2f} s", "<= 3 s", seconds <= 3)


def simulator() -> Iterator[Row]:
    """Checked cycles a second, next to the same bench on a tile that is next to nothing."""
    rates = {}
    for name in ("ternary-int8-8x8", "ternary-int8-32x32"):
        configuration = load_design(name).configuration
        products = random_work(configuration, 2000 if name.endswith("8x8") else 1, seed=0)
        rates[name] = max(simulate(configuration, products).cycles_per_second for _ in range(3))
    small, large = rates.values()
    yield Row(
        "simulate ternary-int8-32x32",
        f"{large:,.0f} cycles/s",
        ">= 10,000",
        large >= 10_000,
        f"{large / small:.2f} of the 8 x 8 tile's {small:,.0f}",
    )


def exploration() -> Iterator[Row]:
    """Estimates of all points of the large space, and the command that finds its front."""
    space = load_space("ten-million")
    estimators, _ = estimators_of(space)
    chunks = list(space.chunks(1_000_000))

    def estimates() -> None:
        for chunk in chunks:
            estimates_of_chunk = estimators[chunk.technology](space.mesh(chunk))
            assert np.size(estimates_of_chunk.area_um2) <= 1_000_000

    # Numpy's sums are of one thread: the time of this process is that of one core.
    rate = space.size / best(estimates, 3, time.process_time)
    one, other = np.random.default_rng(0).random((2, 1_000_000))
    beside = 1e6 / best(lambda: one + other, 20) / rate
    yield Row(
        f"estimate {space.size / 1e6:.0f} million points",
        f"{rate / 1e6:.1f} M/s",
        ">= 10 M/s",
        rate >= 10e6,
        f"numpy adds {beside:.0f} x as many numbers",
    )
    for name, option in (("explore ten-million", "--no-points"), ("and write it", "--points")):
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-m", "macsmith", "explore", "ten-million", "-o", folder]
            command.append("--no-report")
            start = time.perf_counter()
            with subprocess.Popen([*command, option], stdout=subprocess.DEVNULL) as process:
                _, status, usage = os.wait4(process.pid, 0)
                process.returncode = os.waitstatus_to_exitcode(status)
            seconds, gib = time.perf_counter() - start, usage.ru_maxrss / 2**20
            if process.returncode:
                raise subprocess.CalledProcessError(process.returncode, command)
            met = seconds <= 10 and gib <= 4
            yield Row(name, f"{seconds:.1f} s, {gib:.2f} GiB", "<= 10 s, 4 GiB", met)


def synthesis() -> Iterator[Row]:
    """Small and large designs, an answer from the cache, and how busy a sweep keeps the cores."""
    bare = best(lambda: program("-m", "macsmith", "--version"), 3)
    arguments = ("-m", "macsmith", "synthesize", "ternary-int8-32x32")
    program(*arguments)
    seconds = best(lambda: program(*arguments), 3) - bare
    beside = f"after the {bare:.2f} s of macsmith --version"
    yield Row("synthesize, from the cache", f"{seconds:.2f} s", "<= 0.3 s", seconds <= 0.3, beside)
    with tempfile.TemporaryDirectory() as folder, fresh_cache(folder):
        small = Path(folder, "multiply.v")
        small.write_text(
            "module multiply(input clk, input [7:0] a, b, output reg [15:0] p);\n"
            "always @(posedge clk) p <= a * b;\nendmodule\n"
        )
        seconds = best(partial(synthesize, small, "multiply"), 1)
        yield Row(
            "synthesize a registered 8 x 8 multiplier", f"{seconds:.1f} s", "1 s", seconds <= 1
        )
        tile = Path(__file__).with_name("fp16_tile.v")
        seconds = best(partial(synthesize, tile, "fp16_tile"), 1)
        yield Row("synthesize 32 x 32 FP16 adders", f"{seconds:.0f} s", "<= 120 s", seconds <= 120)
        before, start = idle_and_all(), time.perf_counter()
        varied = ("--sweep", "columns=4,6,8,10,12,14", "--sweep", "group=1,2,3,4")
        program("-m", "macsmith", "synthesize", "ternary-int8-8x8", "--set", "luts=6", *varied)
        idle, whole = (b - a for a, b in zip(before, idle_and_all(), strict=True))
        busy, wall = 1 - idle / whole, time.perf_counter() - start
        yield Row(
            "a sweep of 24 points, of all cores",
            f"{busy:.0%}",
            ">= 95 %",
            busy >= 0.95,
            f"{wall:.0f} s",
        )


MEASURES = (golden, command_line, simulator, exploration, synthesis)
