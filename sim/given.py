"""Verilog from elsewhere: read, checked, and ready to be simulated in a design's place.

Verilator itself reads the file: once to put in what it includes, so that the text is all there is
to know, and once for the ports. A simulation runs what the text says, so what reaches outside of it
is refused: system tasks but for a few harmless ones, foreign functions, C++ between the lines.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from hw.errors import RequestError
from sim.simulator import SimulatorError, verilator

__all__ = ["GivenVerilog", "read_verilog"]

#: System tasks and functions that neither touch a file nor start a program.
_TASKS = frozenset(
    "bits clog2 countones display error fatal finish info isunknown monitor onehot onehot0 past"
    " random realtime signed size stime stop strobe time unsigned urandom warning write".split()
)
_DIRECTIVES = frozenset(
    "begin_keywords celldefine default_nettype end_keywords endcelldefine line"
    " nounconnected_drive pragma resetall timescale unconnected_drive".split()
)
_MOST_NAMES = 8  # told of others
_NO_CODE = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\])*"|\\\S+', re.DOTALL)
_TASK = re.compile(r"\$([A-Za-z_][\w$]*)")
_DIRECTIVE = re.compile(r"`(\w+)")
_FOREIGN = re.compile(r'\b(?:import|export)\s*"')
_MODULE = re.compile(r"\b(?:macro)?module\s+(?:(?:static|automatic)\s+)?(\w+)")


@dataclass(frozen=True)
class GivenVerilog:
    """Verilog in the place of a design's own.

    Attributes:
        path: where it was read.
        sha256: of the file.
        text: of the file with all that it includes.
    """

    path: Path
    sha256: str
    text: str


def read_verilog(path: Path, top: str, ports: Mapping[str, tuple[str, int]]) -> GivenVerilog:
    """Read Verilog and see that it can stand for a design.

    Args:
        path: the file; what it includes is looked for in its folder.
        top: the module that must be in it.
        ports: direction (``input`` or ``output``) and bits of every port that it must have.

    Raises:
        RequestError: it cannot; the sentence names the file, and the place if there is one.
    """
    if not path.is_file():
        raise RequestError(f"the Verilog file {path} is not there, or no file")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise RequestError(f"{path} cannot be read: {error.strerror}") from error
    if b"\0" in content:
        raise RequestError(f"{path} is no text")
    folder = path.resolve().parent
    text = _asked(path, "-E", f"-I{folder}", str(path.resolve()))
    _check_harmless(path, text)
    modules = list(dict.fromkeys(_MODULE.findall(_NO_CODE.sub(" ", text))))
    if top not in modules:
        others = ", ".join(modules[:_MOST_NAMES]) + ", .." * (len(modules) > _MOST_NAMES)
        raise RequestError(
            f"{path} has no module {top}, the design's top; it has {others or 'no module'}"
        )
    with tempfile.TemporaryDirectory() as name:
        source, tree = Path(name, "given.v"), Path(name, "tree.json")
        source.write_text(text, encoding="utf-8")
        outputs = "--json-only-output", str(tree), "--json-only-meta-output", f"{tree}.meta"
        flags = "--json-only", "-Wno-fatal", "-Wno-lint", "--no-timing", "--top-module", top
        _asked(path, *flags, *outputs, "--Mdir", name, str(source))
        module_ports = _ports_of(json.loads(tree.read_text(encoding="utf-8")), top)
    _check_ports(f"module {top} in {path}", module_ports, ports)
    return GivenVerilog(path, sha256(content).hexdigest(), text)


def _asked(path: Path, *arguments: str) -> str:
    """What Verilator prints.

    Raises:
        RequestError: it found an error in the file; the sentence is its first one.
    """
    try:
        return verilator().call(*arguments)
    except SimulatorError as error:
        lines = re.findall(r"^%Error[^:\n]*: (.*)", str(error), re.MULTILINE)
        errors = (line for line in lines if not line.startswith("Exiting"))
        first = next(errors, "Verilator does not say why")
        raise RequestError(f"{path} is no Verilog that can be simulated: {first}") from error


def _check_harmless(path: Path, text: str) -> None:
    code = _NO_CODE.sub(lambda part: '"' if part[0].startswith('"') else " ", text)
    for task in _TASK.findall(code):
        if task not in _TASKS:
            raise RequestError(f"{path} uses ${task}, which a simulated design may not")
    for directive in _DIRECTIVE.findall(code):
        if directive not in _DIRECTIVES:
            raise RequestError(f"{path} uses `{directive}, which a simulated design may not")
    if _FOREIGN.search(code):
        raise RequestError(f"{path} imports or exports foreign functions, which it may not")


def _ports_of(tree: dict[str, Any], top: str) -> dict[str, tuple[str, int | None]]:
    """Direction and bits of a module's ports; no bits for what is no plain vector."""
    types = {node["addr"]: node for node in _nodes(tree) if node.get("type") == "BASICDTYPE"}
    (module,) = (module for module in tree["modulesp"] if module["name"] == top)
    ports: dict[str, tuple[str, int | None]] = {}
    for variable in module["stmtsp"]:
        if variable["type"] == "VAR" and variable["direction"] != "NONE":
            plain = types.get(variable["dtypep"])
            bits = None
            if plain is not None:
                high, _, low = plain.get("range", "0:0").partition(":")
                bits = abs(int(high) - int(low)) + 1
            ports[variable["name"]] = (variable["direction"].lower(), bits)
    return ports


def _nodes(node: Any) -> list[dict[str, Any]]:
    """All nodes of a tree."""
    nodes, left = [], [node]
    while left:
        part = left.pop()
        if isinstance(part, dict):
            nodes.append(part)
            left += part.values()
        elif isinstance(part, list):
            left += part
    return nodes


def _check_ports(
    place: str,
    ports: Mapping[str, tuple[str, int | None]],
    wanted: Mapping[str, tuple[str, int]],
) -> None:
    if missing := [name for name in wanted if name not in ports]:
        direction, bits = wanted[missing[0]]
        others = f" (and {len(missing) - 1} others)" if len(missing) > 1 else ""
        raise RequestError(
            f"{place} has no port {missing[0]}, an {direction} of {_bits(bits)} in the"
            f" design{others}"
        )
    for name, (direction, bits) in wanted.items():
        actual, width = ports[name]
        if actual != direction:
            raise RequestError(
                f"{place}: port {name} is an {actual}, the design's is an {direction}"
            )
        if width != bits:
            given = "is no plain vector" if width is None else f"has {_bits(width)}"
            raise RequestError(f"{place}: port {name} {given}, the design's has {_bits(bits)}")
    for name, (direction, _) in ports.items():
        if name not in wanted and direction != "output":
            raise RequestError(
                f"{place}: port {name} is an {direction} that the design has not, so nothing would"
                " drive it"
            )


def _bits(count: int) -> str:
    return f"{count} bit{'s' * (count > 1)}"
