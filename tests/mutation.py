"""Mutants of emitted Verilog: one random fault each, in the text as it is."""

from __future__ import annotations

import random
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sim.simulator import SimulatorError, verilator
from tests.support import run_yosys

__all__ = ["KINDS", "Mutant", "is_circuit", "mutants", "proved_equivalent"]

_SWAPS = {
    "&": "|^",
    "|": "&^",
    "^": "&|",
    "+": "-",
    "-": "+",
    "*": "+",
    "==": ("!=",),
    "!=": ("==",),
    "<": (">=", "<="),
    ">": ("<=", ">="),
    ">=": ("<", ">"),
    "<=": (">", "<"),
    "<<": (">>",),
    ">>": ("<<",),
}
_OPERATOR = re.compile(r"(?<=\s)(&|\||\^|\+|-|\*|==|!=|<<|>>|<=|>=|<|>)(?=\s)")
_REDUCTION = re.compile(r"(?<![\w)}\]\s])\s*([&|^])(?=[\w({])")
_CONSTANT = re.compile(r"\b(\d+)'([bh])([0-9a-f]+)\b")
_NET = re.compile(r"(?<![\w'.\\])([A-Za-z_]\w*)(?:\[(\d+)(?::(\d+))?\])?")
_DECLARED = re.compile(r"\b(?:wire|reg)\b(?: signed)? *(?:\[(\d+):0\])? *([\w, ]+)")
_RESET = re.compile(r"if \(rst\) (\w+) <= [^;]*;\s*else ")
_MODULE = re.compile(r"^(module .*?)$(.*?)^endmodule", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"//[^\n]*")

_PROOF_S = 60

#: A place in a text and what stands there instead.
Change = tuple[int, int, str]
Widths = dict[str, int]


@dataclass(frozen=True)
class Mutant:
    """Verilog with a fault.

    Attributes:
        kind: of the fault.
        line: its number, from 1.
        before: the line as it was.
        after: and as it is.
        text: all of the Verilog.
    """

    kind: str
    line: int
    before: str
    after: str
    text: str

    def __str__(self) -> str:
        return f"{self.kind}, line {self.line}: {self.before} -> {self.after}"


def mutants(verilog: str, count: int, seed: int) -> list[Mutant]:
    """So many mutants, no two alike, of kinds in turns and of places at random.

    Args:
        verilog: emitted text.
        count: mutants.
        seed: of the random choice.
    """
    rng = random.Random(seed)
    drawn: dict[str, Mutant] = {}
    code = _COMMENT.sub(lambda comment: " " * len(comment[0]), verilog)
    kinds = {kind: list(changes(code, _widths(code))) for kind, changes in KINDS.items()}
    order = [kind for kind, changes in kinds.items() if changes]
    while len(drawn) < count:
        kind = order[len(drawn) % len(order)]
        start, end, instead = rng.choice(kinds[kind])
        text = verilog[:start] + instead + verilog[end:]
        if text == verilog or text in drawn or not is_circuit(text):
            continue
        line = verilog.count("\n", 0, start)
        before, after = (part.splitlines()[line].strip() for part in (verilog, text))
        drawn[text] = Mutant(kind, line + 1, before, after, text)
    return list(drawn.values())


def is_circuit(verilog: str) -> bool:
    """Whether Verilator takes the text, without loops of gates and second drivers."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "mutant.v")
        path.write_text(verilog)
        try:
            verilator().call("--lint-only", "-Wno-lint", "-Wno-style", str(path))
        except SimulatorError:
            return False
    return True


def proved_equivalent(first: str, second: str, top: str) -> bool:
    """Whether Yosys proves that two texts with the same registers are the same circuit.

    Of a module that alone differs it is tried first; what is around it may be needed, too.
    """
    before, after = (
        {module[1]: module[0] for module in _MODULE.finditer(text)} for text in (first, second)
    )
    changed = [head.split()[1] for head in before if before[head] != after.get(head)]
    tops = [*changed, top] if len(changed) == 1 else [top]
    return any(_proved(first, second, module) for module in dict.fromkeys(tops))


def _proved(first: str, second: str, top: str) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        commands = []
        for name, text in (("gold", first), ("gate", second)):
            path = Path(folder, f"{name}.v")
            path.write_text(text)
            commands += [
                f"read_verilog {path}",
                f"hierarchy -top {top}",
                "proc",
                "flatten",
                "opt_clean",
                f"rename {top} {name}",
                f"design -stash {name}",
            ]
        commands += [f"design -copy-from {name} -as {name} {name}" for name in ("gold", "gate")]
        commands += [
            "equiv_make gold gate both",
            "hierarchy -top both",
            "equiv_simple -undef",
            "equiv_induct -undef",
            "equiv_status -assert",
        ]
        try:
            return run_yosys(commands, _PROOF_S).returncode == 0
        except subprocess.TimeoutExpired:
            return False


def _widths(verilog: str) -> dict[str, Widths]:
    """Bits of the nets of each module, by the module's first line."""
    return {
        module[1]: {
            name.strip(): int(high or 0) + 1
            for high, names in _DECLARED.findall(module[2])
            for name in names.split(",")
        }
        for module in _MODULE.finditer(verilog)
    }


def _expressions(verilog: str) -> Iterator[tuple[int, str, str]]:
    """What is assigned: its start, its text, and the first line of its module."""
    for module in _MODULE.finditer(verilog):
        for part in re.finditer(r"(?:assign [^=]*|\w+(?:\[[\d:]+\])? <)= ([^;]*);", module[2]):
            yield module.start(2) + part.start(1), part[1], module[1]


def _operators(verilog: str, _: dict[str, Widths]) -> Iterator[Change]:
    for start, text, _head in _expressions(verilog):
        for match in _OPERATOR.finditer(text):
            for instead in _SWAPS[match[1]]:
                yield start + match.start(), start + match.end(), instead


def _reductions(verilog: str, _: dict[str, Widths]) -> Iterator[Change]:
    for start, text, _head in _expressions(verilog):
        for match in _REDUCTION.finditer(text):
            for instead in _SWAPS[match[1]]:
                yield start + match.start(1), start + match.end(1), instead


def _inversions_removed(verilog: str, _: dict[str, Widths]) -> Iterator[Change]:
    for start, text, _head in _expressions(verilog):
        for match in re.finditer(r"~ ?", text):
            yield start + match.start(), start + match.end(), ""


def _inversions_added(verilog: str, _: dict[str, Widths]) -> Iterator[Change]:
    for start, text, _head in _expressions(verilog):
        yield start, start + len(text), f"~({text})"


def _constants(verilog: str, _: dict[str, Widths]) -> Iterator[Change]:
    for start, text, _head in _expressions(verilog):
        for match in _CONSTANT.finditer(text):
            bits, base = int(match[1]), {"b": 2, "h": 16}[match[2]]
            for bit in range(bits):
                value = int(match[3], base) ^ 1 << bit
                yield start + match.start(), start + match.end(), f"{bits}'h{value:x}"


def _indices(verilog: str, widths: dict[str, Widths]) -> Iterator[Change]:
    for start, text, head in _expressions(verilog):
        for match in _NET.finditer(text):
            if match[2] is None:
                continue
            high, low = int(match[2]), int(match[3] or match[2])
            for step in (-1, 1):
                if low + step >= 0 and high + step < widths[head].get(match[1], 0):
                    ends = f"{high + step}:{low + step}" if match[3] else f"{high + step}"
                    yield start + match.start(), start + match.end(), f"{match[1]}[{ends}]"


def _nets(verilog: str, widths: dict[str, Widths]) -> Iterator[Change]:
    """Another net of the same module and width."""
    for start, text, head in _expressions(verilog):
        for match in _NET.finditer(text):
            bits = widths[head].get(match[1])
            if match[2] is not None or bits is None:
                continue
            for other, width in widths[head].items():
                if width == bits and other not in (match[1], "clk", "rst"):
                    yield start + match.start(), start + match.end(), other


def _enables(verilog: str, _: dict[str, Widths]) -> Iterator[Change]:
    for match in re.finditer(r"if \(((?!rst\))[^;]*?)\) \w+(?:\[[\d:]+\])? <=", verilog):
        for instead in ("1'h1", "1'h0"):
            yield match.start(1), match.end(1), instead


def _resets(verilog: str, _: dict[str, Widths]) -> Iterator[Change]:
    for match in _RESET.finditer(verilog):
        yield match.start(), match.end(), ""


def _arms(verilog: str, _: dict[str, Widths]) -> Iterator[Change]:
    for start, text, _head in _expressions(verilog):
        if match := re.search(r"\? ([^?:]+) : ([^?:]+)$", text):
            yield start + match.start(), start + match.end(), f"? {match[2]} : {match[1]}"


def _pins(verilog: str, _: dict[str, Widths]) -> Iterator[Change]:
    for match in re.finditer(r"[\s(]\.(?!clk|rst)\w+\(((?:[^()]|\([^()]*\))+)\)", verilog):
        yield match.start(1), match.end(1), f"~({match[1]})"


#: The kinds of faults: from a text and the widths of its modules' nets to all their changes.
KINDS: dict[str, Callable[[str, dict[str, Widths]], Iterator[Change]]] = {
    "operator": _operators,
    "reduction": _reductions,
    "inversion removed": _inversions_removed,
    "inversion added": _inversions_added,
    "constant": _constants,
    "index": _indices,
    "net": _nets,
    "enable": _enables,
    "reset": _resets,
    "arms": _arms,
    "pin": _pins,
}
