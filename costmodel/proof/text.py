"""What the text of a source does, by a simulator that reads it by itself: Verilator.

Everything else here reads a source by Yosys, whose reader may have faults, too. So the text is also
run as it is, and what it answers is compared with the netlist. A value that the text leaves open is
all zeros in one run of it, all ones in another and random in many more: where the runs differ, it
does not matter what the netlist has.
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from costmodel.netlist.netlist import Netlist
from costmodel.proof.machine import Registers
from costmodel.proof.matching import signal_bits
from costmodel.proof.stimuli import PROLOGUE, Bits
from sim.simulator import SimulatorError, compile_model, verilator

__all__ = ["Text", "TextRun", "run_text"]

_RUNS = 34  # with zeros, with ones, with random values where the text leaves them open
_BENCH, _DUT = "macsmith_bench", "macsmith_device"
_SECONDS = 600.0
_TOKEN = re.compile(
    r'//[^\n]*|/\*.*?\*/|"(?:[^"\\\n]|\\.)*"|\\\S+|(\$[A-Za-z_$][\w$]*|`[A-Za-z_]\w*|\bimport\b|\bexport\b)',
    re.DOTALL,
)
_PACKAGE, _OF_PACKAGE = re.compile(r"\bpackage\s+(\w+)"), re.compile(r"\b(\w+)\s*::")
#: What a text may ask a simulator for; anything else could write files or run programs.
_HARMLESS = frozenset(
    (
        "$signed $unsigned $clog2 $bits $size $left $right $low $high $increment $countones $onehot"
        " $onehot0 $isunknown $rtoi $itor $floor $ceil $pow $sqrt $ln $log10 $display $displayb"
        " $displayh $displayo $write $writeb $writeh $writeo $strobe $monitor $monitoron"
        " $monitoroff $info $warning $error $time $stime $realtime $timeformat $printtimescale"
        " $readmemh $readmemb $random $urandom $urandom_range $finish $line"
    ).split()
)
_DIRECTIVES = frozenset(
    "`line `timescale `default_nettype `celldefine `endcelldefine `resetall `unconnected_drive"
    " `nounconnected_drive `pragma `begin_keywords `end_keywords".split()
)
_DRIVER = r"""
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include "Vtop.h"
double sc_time_stamp() { return 0; }
void vl_finish(const char*, int, const char*) {}
void vl_stop(const char*, int, const char*) {}
void vl_fatal(const char*, int, const char*, const char*) {}
int main(int, char** arguments) {
    VerilatedContext context;
    context.randReset(std::atoi(arguments[1]));
    context.randSeed(std::atoi(arguments[2]));
    Vtop top{&context};
    std::FILE* in = std::fopen(arguments[3], "rb");
    std::FILE* out = std::fopen(arguments[4], "wb");
    std::FILE* held = std::fopen(arguments[5], "wb");
    if (!in || !out || !held) return 1;
    for (long step = 0; std::fread(&top.macsmith_in[0], 4, INPUTS, in) == INPUTS; ++step) {
        top.eval();
        std::fwrite(&top.macsmith_out[0], 4, OUTPUTS, out);
        if (step == PROLOGUE - 1) std::fwrite(&top.macsmith_held[0], 4, HELD, held);
    }
    return std::fclose(out) || std::fclose(held);
}
"""


@dataclass(frozen=True)
class Text:
    """A source as a user wrote it.

    Attributes:
        files: of Verilog; what they include and read is beside them.
        top: the module that is the design.
        options: what else Verilator is told: folders of includes, macros.
        parameters: of the top module, with their values as Verilog writes them.
    """

    files: tuple[Path, ...]
    top: str
    options: tuple[str, ...] = ()
    parameters: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class TextRun:
    """What a text answered.

    Attributes:
        outputs: by port the values: (steps, bits).
        sure: where all runs agree, likewise.
        held: for each register of the reference its value after the prologue; -1 where the
            simulator does not tell.
    """

    outputs: dict[str, Bits]
    sure: dict[str, Bits]
    held: NDArray[np.int8]


def run_text(
    text: Text, reference: Netlist, sequence: dict[str, Bits], folder: Path
) -> TextRun | str:
    """Run a text on a sequence of inputs.

    Args:
        text: of the source.
        reference: of the same source, for its ports and the names of its registers.
        sequence: of each input its value at each step: (steps, bits).
        folder: for temporary files.

    Returns:
        What it answered; or why it was not run, for a sentence.
    """
    tool = verilator()
    source = folder / "source.v"
    files = _packages_first(text.files)
    try:
        folders = dict.fromkeys(file.parent for file in text.files)
        options = [*text.options, *(f"-I{folder}" for folder in folders)]
        source.write_text(tool.call("-E", *options, *map(str, files)))
        if forbidden := _forbidden(source.read_text()):
            return f"it uses {forbidden}, which no simulator is asked for here"
        bench = _Bench.of(text, reference)
        try:
            bench.build(source, folder)
        except SimulatorError:  # the name of a register may be one that only Yosys gives
            bench = replace(bench, held={})
            bench.build(source, folder)
        return bench.run(sequence, text.files[0].parent, folder)
    except SimulatorError as error:
        return f"Verilator does not take it ({_reason(str(error))})"


def _packages_first(files: tuple[Path, ...]) -> list[Path]:
    """Files in an order in which each package stands before those that use it; else as given."""
    texts = {file: file.read_text(encoding="latin-1") for file in files}
    homes = {name: file for file, text in texts.items() for name in _PACKAGE.findall(text)}
    ordered: list[Path] = []
    visited: set[Path] = set()

    def visit(file: Path) -> None:
        if file not in visited:
            visited.add(file)
            for name in _OF_PACKAGE.findall(texts[file]):
                if name in homes:
                    visit(homes[name])
            ordered.append(file)

    for file in files:
        visit(file)
    return ordered


def _forbidden(text: str) -> str:
    """What a text has that might do more than compute; empty if nothing."""
    for token in _TOKEN.finditer(text):
        word = token[1] or ""
        if word.startswith("$") and word not in _HARMLESS:
            return word
        if word.startswith("`") and word not in _DIRECTIVES:
            return word
        if word in {"import", "export"} and text[token.end() :].lstrip().startswith('"'):
            return f"{word} of functions in C"
    return ""


def _reason(printed: str) -> str:
    """The first error in what Verilator printed."""
    errors = re.findall(r"%Error[^:\n]*: (?:\S+?:\d+:\d+: )?(.+)", printed)
    return errors[0].rstrip(".") if errors else printed.splitlines()[-1]


@dataclass(frozen=True)
class _Bench:
    """What drives a text.

    Attributes:
        top: its module, with its parameters.
        inputs, outputs: the ports' widths.
        held: signals that hold registers, a whole one each: its nets in the reference.
        registers: which register each of those nets is, and whether it is the complement.
        count: of registers.
    """

    top: str
    inputs: dict[str, int]
    outputs: dict[str, int]
    held: dict[str, list[int]]
    registers: dict[int, tuple[int, bool]]
    count: int

    @classmethod
    def of(cls, text: Text, reference: Netlist) -> _Bench:
        registers = Registers.of(reference)
        columns = (column.tolist() for column in registers.outputs)
        places = {net: (number, low) for net, number, low in zip(*columns, strict=True)}
        signals: dict[str, list[int]] = {}
        for _, signal, net in signal_bits(reference):
            if not signal.startswith("$"):
                signals.setdefault(signal, []).append(net)
        wanted, held = set(places), {}
        for signal, nets in signals.items():
            if wanted.intersection(nets):
                wanted.difference_update(nets)
                held[signal] = nets
        ways: dict[str, dict[str, int]] = {"input": {}, "output": {}}
        for port, (way, nets) in reference.ports.items():
            ways[way][port] = len(nets)
        values = ", ".join(f".{name}({value})" for name, value in text.parameters)
        top = f"\\{text.top} " + (f"#({values}) " if values else "")
        return cls(top, ways["input"], ways["output"], held, places, len(registers.cells))

    def build(self, source: Path, folder: Path) -> None:
        """Build the simulator.

        Raises:
            SimulatorError: it cannot be built.
        """
        buses = {"in": self.inputs, "out": self.outputs}
        buses["held"] = {signal: len(nets) for signal, nets in self.held.items()}
        words = {bus: _words(widths) for bus, widths in buses.items()}
        ways = {"in": "input", "out": "output", "held": "output"}
        ports = [f"{ways[bus]} [{32 * words[bus] - 1}:0] macsmith_{bus}" for bus in buses]
        bound, lines = [], []
        for bus, widths in buses.items():
            first = 0
            for name, width in widths.items():
                part = f"macsmith_{bus}[{first} +: {width}]"
                first += width
                if bus == "held":
                    lines.append(f"assign {part} = {_DUT}.{_path(name)};")
                else:
                    bound.append(f".\\{name} ({part})")
            if bus != "in":
                lines.append(f"assign macsmith_{bus}[{32 * words[bus] - 1}:{first}] = 0;")
        lines = [
            f"module {_BENCH}({', '.join(ports)});",
            f"{self.top}{_DUT} ({', '.join(bound)});",
            *lines,
            "endmodule",
        ]
        bench, driver = folder / "bench.v", folder / "driver.cpp"
        bench.write_text("\n".join(lines) + "\n")
        sizes = {"INPUTS": words["in"], "OUTPUTS": words["out"], "HELD": words["held"]}
        sizes["PROLOGUE"] = PROLOGUE
        # not among the flags: those are the same for all texts, which so share Verilator's runtime
        defines = [f"#define {name} {value}\n" for name, value in sizes.items()]
        driver.write_text("".join(defines) + _DRIVER)
        flags = "-O1 -DVL_USER_FINISH -DVL_USER_STOP -DVL_USER_FATAL"
        verilator().call(
            *("-cc", "--exe", "--no-timing", "--prefix", "Vtop", "--top-module", _BENCH),
            *("-o", "simulator", "-CFLAGS", flags),
            *("-Wno-fatal", "-Wno-lint", "-Wno-style", "--x-assign", "unique", "--x-initial", "0"),
            *("-Mdir", str(folder), str(source), str(bench), str(driver)),
        )
        compile_model(verilator(), folder)

    def run(self, sequence: dict[str, Bits], place: Path, folder: Path) -> TextRun:
        """Run the simulator, beside the files that the text may read.

        Raises:
            SimulatorError: it failed.
        """
        length = len(next(iter(sequence.values())))
        words = _words(self.inputs)
        bits = np.zeros((length, 32 * words), dtype=bool)
        joined = np.concatenate([sequence[port] for port in self.inputs], axis=1)
        bits[:, : joined.shape[1]] = joined
        (folder / "inputs").write_bytes(np.packbits(bits, axis=1, bitorder="little").tobytes())
        answers: list[Bits] = []
        states: list[Bits] = []
        for number in range(_RUNS):
            files = [folder / name for name in ("inputs", "outputs", "held")]
            command = [folder / "simulator", str(min(number, 2)), str(number), *files]
            try:
                done = subprocess.run(
                    command, cwd=place, capture_output=True, timeout=_SECONDS, check=False
                )
            except subprocess.TimeoutExpired as error:
                raise SimulatorError(f"it runs longer than {_SECONDS:.0f} s") from error
            if done.returncode:
                raise SimulatorError(f"its simulator ended with status {done.returncode}")
            answers.append(_bits(files[1], length, self.outputs))
            states.append(_bits(files[2], 1, {name: len(n) for name, n in self.held.items()})[0])
        agreed = np.logical_and.reduce([answer == answers[0] for answer in answers])
        known = np.logical_and.reduce([state == states[0] for state in states])
        held = np.full(self.count, -1, dtype=np.int8)
        nets = [net for nets in self.held.values() for net in nets]
        for net, value, certain in zip(nets, states[0], known, strict=True):
            if net in self.registers and certain:
                number, low = self.registers[net]
                held[number] = value ^ low
        return TextRun(self._ports(answers[0]), self._ports(agreed), held)

    def _ports(self, bits: Bits) -> dict[str, Bits]:
        """The outputs by port."""
        ends = np.cumsum(list(self.outputs.values()))
        return dict(zip(self.outputs, np.split(bits, ends[:-1], axis=1), strict=True))


def _words(widths: dict[str, int]) -> int:
    """How many words of 32 bits hold such ports: at least three, so that they are an array."""
    return max(3, -(-sum(widths.values()) // 32))


def _bits(file: Path, rows: int, widths: dict[str, int]) -> Bits:
    """What a simulator has written, as bits: (rows, all widths together)."""
    data = np.frombuffer(file.read_bytes(), np.uint8)
    if len(data) != 4 * rows * _words(widths):
        raise SimulatorError("its simulator ended too soon")
    bits = np.unpackbits(data.reshape(rows, -1), axis=1, bitorder="little")
    return bits[:, : sum(widths.values())].astype(bool)


def _path(name: str) -> str:
    """A hierarchical name of Yosys in Verilog: levels, each with its index."""
    levels = []
    for level in name.split("."):
        match = re.fullmatch(r"(.+?)((?:\[-?\d+\])*)", level)
        assert match is not None
        levels.append(f"\\{match[1]} {match[2]}")
    return ".".join(levels)
