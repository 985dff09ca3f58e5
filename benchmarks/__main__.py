"""`python -m benchmarks`: measure, print a table, say which target is missed.

Each row is measured in this run together with what it is held against, since machines differ and
are noisy. Times are the best of several; simulators are built before anything is timed. Exit status
1 if a target is missed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import ml_dtypes
import numpy as np

from hw.formats import Float
from macsmith.design import load_design
from macsmith.exploration import estimators_of
from macsmith.space_file import load_space
from macsmith.ternary.core import ternary_core
from sim.formats import add, code_type, decode, encode
from sim.simulate import random_work, simulate
from sim.ternary.product import multiply


@dataclass(frozen=True)
class Row:
    """One measurement: what, how much, its target, and what it is compared with."""

    what: str
    value: str
    target: str
    met: bool
    beside: str = ""


def best(
    function: Callable[[], object],
    repeats: int = 5,
    clock: Callable[[], float] = time.perf_counter,
) -> float:
    """Seconds of the fastest of several calls."""
    seconds = []
    for _ in range(repeats):
        start = clock()
        function()
        seconds.append(clock() - start)
    return min(seconds)


def program(*arguments: str) -> None:
    """Run the command line in a process of its own."""
    command = [sys.executable, *arguments]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


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
        configuration = ternary_core(load_design(name).configuration)
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


def formats() -> Iterator[Row]:
    """Golden codecs and sums of codes, next to other people's conversions."""
    rng = np.random.default_rng(0)
    count = 1 << 21
    values = rng.normal(size=count)
    singles = values.astype(np.float32)
    # FP8 is compared with ml_dtypes, fp16 with numpy; neither can be asked for other policies.
    for name, theirs, target in (
        ("fp8_e4m3", ml_dtypes.float8_e4m3fn, 50),
        ("fp8_e5m2", ml_dtypes.float8_e5m2, 50),
        ("fp16", "f2", 20),
    ):
        form = Float.parse(name)
        codes = rng.integers(0, 1 << form.bits, (2, count)).astype(code_type(form))
        numbers = codes[0].view(theirs)
        for what, ours, other in (
            ("decode", partial(decode, form, codes[0]), partial(numbers.astype, np.float64)),
            ("encode float64", partial(encode, form, values), partial(values.astype, theirs)),
            ("encode float32", partial(encode, form, singles), partial(singles.astype, theirs)),
            ("add", partial(add, form, *codes), partial(np.add, *codes.view(theirs))),
        ):
            with np.errstate(all="ignore"):
                rate, beside = (count / best(call) / 1e6 for call in (ours, other))
            least = 20 if what == "add" else target
            yield Row(
                f"{what}, {name}",
                f"{rate:.0f} M/s",
                f">= {least} M/s",
                rate >= least,
                f"{rate / beside:.2g} x the {beside:.0f} M/s of {np.dtype(theirs).name}",
            )


def exploration() -> Iterator[Row]:
    """Estimates of all points of the large space, and the command that finds its front."""
    space = load_space("ten-million")
    estimators, _ = estimators_of(space)
    chunks = list(space.chunks(1_000_000))

    def estimates() -> None:
        for chunk in chunks:
            found = estimators[chunk.technology](space.mesh(chunk))
            assert np.size(found.area_um2) <= 1_000_000

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


def idle_and_all() -> tuple[int, int]:
    """Ticks that the machine's cores have been idle, and all that there were (Linux)."""
    ticks = list(map(int, Path("/proc/stat").read_text().split("\n")[0].split()[1:9]))
    return ticks[3] + ticks[4], sum(ticks)


def synthesize(file: Path, top: str) -> None:
    """Synthesize a Verilog file, not from the cache."""
    program("-m", "macsmith", "synthesize", "--verilog", str(file), "--top", top)


@contextmanager
def fresh_cache(folder: str) -> Iterator[None]:
    """An empty cache for a while."""
    before = os.environ.get("MACSMITH_CACHE")
    os.environ["MACSMITH_CACHE"] = str(Path(folder, "cache"))
    try:
        yield
    finally:
        if before is None:
            del os.environ["MACSMITH_CACHE"]
        else:
            os.environ["MACSMITH_CACHE"] = before


def main() -> int:
    """Measure everything; returns the exit status."""
    print("| what | measured | target | | beside |\n|---|---|---|---|---|")
    missed = 0
    for measure in (golden, formats, command_line, simulator, exploration, synthesis):
        for row in measure():
            mark = "met" if row.met else "MISSED"
            missed += not row.met
            print(
                f"| {row.what} | {row.value} | {row.target} | {mark} | {row.beside} |", flush=True
            )
    return min(missed, 1)


if __name__ == "__main__":
    sys.exit(main())
