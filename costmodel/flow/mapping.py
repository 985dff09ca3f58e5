"""Mapping: a design in RTLIL or Verilog becomes a netlist of library cells, by Yosys and ABC.

Three things are done here that a plain `synth; abc` does not do:

* A module that occurs often is mapped once, by itself (`hierarchy="kept"`): a tile of a thousand
  lanes takes the time of one. Everything else is flattened into the module around it.
* Full and half adders are cells of the library. ABC maps no cell of two outputs, so the adders of
  bit heaps (modules called ``*_full_adders_<n>``) and of carry chains stay outside of what ABC
  sees, unless one of their outputs is unused or an input is constant: then they are logic.
* A flip-flop with an inverted output takes the place of the inverter behind it.

Yosys ends its process when something is wrong, and ABC may crash or take all memory: `map_design`
runs in a process of its own (`costmodel.work.worker`).
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import partial
from importlib import import_module
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from costmodel.flow.adders import (
    ADDER_LOGIC,
    ADDITIONS,
    CARRY_CHAIN,
    CARRY_SAVE,
    FULL,
    Adders,
    adder_kinds,
    find_adders,
    is_row,
    open_row,
)
from costmodel.flow.identity import flow_identity
from costmodel.flow.library_names import restore_names
from costmodel.flow.recipes import Recipe
from costmodel.flow.registers import check_registers
from costmodel.flow.timing import TimingGraph
from costmodel.flow.timing_tables import TimingTables
from costmodel.library.liberty_writer import to_liberty
from costmodel.library.plain_names import PlainNames
from costmodel.library.technology import Technology
from costmodel.netlist.netlist import flatten, read_modules
from costmodel.netlist.source import Source
from costmodel.netlist.yosys_faults import decide_comparisons, identifier, merge_sums
from costmodel.work.cache import cached

__all__ = ["SCRIPTS", "map_design"]

_CLEAN = "strash;&get -n;&fraig -x;&put;scorr;dc2"
#: What ABC is asked to do, by what a recipe is after: of several scripts each module takes the one
#: that suits it best. (Mean over 32 modules on nangate45: the best single script is 1.3 % worse
#: than these four in two orders of names, and five scripts in three orders are 0.1 % better.)
SCRIPTS = {
    "area": (
        "strash;amap",
        "strash;dch;amap",
        f"{_CLEAN};dch;amap",
        f"{_CLEAN};dch;map -a",
        f"{_CLEAN};strash;&get -n;&dch -f;&nf -R 1000 -F 5;&put",
    ),
    "delay": (
        "strash;dch;amap",
        f"{_CLEAN};dch;map -a",
        f"{_CLEAN};dch;map -B 0.9",
        f"{_CLEAN};strash;&get -n;&dch -f;&nf;&put",
    ),
    "plain": ("strash;ifraig;dc2;amap", "strash;map -B 0.9"),  # nothing that stops on any netlist
    "quick-area": ("strash;dch;amap",),
    "quick-delay": ("strash;dch;map -B 0.9",),
}
_ORDERS = 2  # of names, in which each script is tried: ABC's results depend on them
_ANY = "\\macsmith_any_module"  # in the text of a module that several may share
_LEAST_COPIES = 3  # a module that occurs as often is mapped once ...
_LEAST_BITS = 10  # ... if its cells have as many output bits


class Output(NamedTuple):
    """A mapped netlist.

    Attributes:
        json: as Yosys writes it; its cells have plain names (`PlainNames`), so that a module of the
            design may be called like one of them.
        verilog: under the library's names; a module that is called like a cell has another name.
        multiplies: the design has multiplications.
        sums: the design has sums of three and more operands, or of products.
    """

    json: str
    verilog: str
    multiplies: bool
    sums: bool


class Mapper:
    """Yosys with a design in it; each method is a stage of the flow.

    It has the library's cells under plain names until it is written.
    """

    def __init__(self, technology: Technology, folder: Path) -> None:
        self._yosys = import_module("pyosys.libyosys")
        self._design = self._yosys.Design()
        self._names = PlainNames.of(technology)
        self._technology, self._folder = self._names.technology, folder
        self._identity = flow_identity(technology)
        self._liberty = folder / "cells.lib"
        self._liberty.write_text(to_liberty(self._technology), encoding="utf-8")
        excluded = [name for name, cell in self._technology.cells.items() if cell.excluded]
        self._dont_use = [word for name in excluded for word in ("-dont_use", name)]
        self._tables = TimingTables.of(self._technology)
        self._multiplies = self._sums = False
        self._mark = ""  # in the names that the flow gives to wires and gates

    def run(self, *commands: str | Sequence[str | Path]) -> None:
        """Run commands quietly.

        Args:
            commands: each as its words, where it names something that comes from outside, or as
                plain text. Yosys would take a text apart at every ``;`` and run what stands there.
        """
        for command in commands:
            words = command.split() if isinstance(command, str) else map(str, command)
            log = self._folder / "yosys.log"  # of the last command: what went wrong, if it does
            self._yosys.Pass.call(self._design, ["tee", "-q", "-o", str(log), *words])

    def read(self, source: Source) -> None:
        """Read the design, down to registers and word-level operators."""
        path = self._write(
            {"rtlil": "source.il", "verilog": "source.v"}[source.language], source.text
        )
        library = ("read_liberty", "-lib", "-ignore_miss_func", "-setattr", "blackbox")
        self.run((*library, self._liberty), (f"read_{source.language}", path))
        if source.language == "verilog":  # which may have cells of the library in it
            wrappers = self._write("wrappers.v", self._names.wrappers())
            self.run(("read_verilog", "-nooverwrite", wrappers))
        self.run(("hierarchy", "-check", "-top", source.top))
        self.run("proc -noopt")
        if not source.rows:  # what the project generates compares nothing with x
            decide_comparisons(self._design, self.json())
        self.run("opt_expr -keepdc", "setattr -unset init w:*", "opt_clean")
        if source.scramble:
            self.scramble(source.scramble)

    def scramble(self, seed: int) -> None:
        """Give wires and gates other names, and with them another order; adders keep theirs."""
        gates = f"c:gate{self._mark}_*_"
        self.run("splitnets", f"rename -scramble-name -seed {seed} w:* c:$* {gates}")
        for module in self._design.modules_.values():
            module.sort()

    def json(self) -> dict[str, Any]:
        """The design as Yosys' JSON, without the library's cells."""
        path = self._folder / "design.json"
        self.run(("write_json", path))
        modules = json.loads(path.read_text())["modules"]
        return {
            name: module
            for name, module in modules.items()
            if not int(module.get("attributes", {}).get("blackbox", "0"), 2)
        }

    def open_rows(self) -> None:
        """Make the rows of bit heaps of single adders that later stages know."""
        rows = {name: text for name in self.json() if (text := open_row(name))}
        for name in rows:
            self.run(("delete", f"={name}"))
        if rows:
            self.run(("read_verilog", self._write("rows.v", "".join(rows.values()))), "proc")

    def flatten(self, hierarchy: str, top: str) -> None:
        """Flatten all but the modules that are mapped once."""
        if hierarchy == "kept":
            modules = self.json()
            copies = _copies(modules, top)
            for name, module in modules.items():
                bits = sum(_output_bits(module, modules))
                often = copies[name] >= _LEAST_COPIES and bits >= _LEAST_BITS
                if often and not is_row(name):
                    self.run(("setattr", "-mod", "-set", "keep_hierarchy", "1", f"={name}"))
        self.run("flatten -separator _", "opt_clean -purge")

    def refine(self, recipe: Recipe, *, outside: bool = False) -> None:
        """From words to gates, registers and adders; ``outside`` are designs of others."""
        self.run("opt_expr", "opt -full", "wreduce", "peepopt", "opt_clean")
        modules = self.json()
        check_registers(modules, self._technology.name)
        self._multiplies = any(cell["type"] == "$mul" for cell in _cells(modules))
        if recipe.multiplier == "booth":
            self.run("booth")
        if recipe.sums != "unfolded":
            self.run(*merge_sums(self._design, modules))
            if outside:  # else nobody asks; and a command more gives Yosys another order of names
                self._sums = any(map(_is_sum, _cells(self.json())))
        self.run("share", "opt", "memory -nomap", "memory_map", "opt -undriven -fine")
        maps = ""
        if recipe.sums == "carry-save":
            self.run("maccmap")
            maps = CARRY_SAVE
        elif recipe.sums == "unfolded":
            maps = ADDITIONS
        if recipe.carry == "ripple":
            maps += CARRY_CHAIN
        if maps:
            self.run(("techmap", "-map", self._write("chain.v", maps)), "opt")
        if recipe.carry == "kogge-stone":
            self.run("techmap -map +/techmap.v -map +/choices/kogge-stone.v")
        self.run("techmap", "opt -fast")

    def adders(self) -> Adders | None:
        """The library's adder cells."""
        return find_adders(self._technology)

    def follow_plain_script(self, clock_ps: float | None) -> None:
        """What a plain script makes of the design: `synth -flatten`, `dfflibmap`, `abc`.

        The commands of `synth`, but for its faults (`costmodel.netlist.yosys_faults`).
        """
        self.run("flatten", "opt_expr", "opt_clean", "opt -nodffe -nosdff", "fsm", "opt")
        self.run("wreduce", "peepopt", "opt_clean")
        modules = self.json()
        check_registers(modules, self._technology.name)
        self._mark = _unused_mark(modules)
        self.run(*merge_sums(self._design, modules))
        self.run("share", "opt", "memory -nomap", "opt_clean", "opt -fast -full", "memory_map")
        self.run("opt -full", "techmap", "opt -fast", "abc", "opt -fast")
        self.run(("dfflibmap", "-liberty", self._liberty, *self._dont_use))
        target = [] if clock_ps is None else ["-D", f"{clock_ps:.0f}"]
        self.run(("abc", "-liberty", self._liberty, *self._dont_use, *target), "opt_clean -purge")

    def place_adders(self, adders: Adders | None) -> None:
        """Map adders to the library's cells where both outputs are used, else to logic."""
        if adders is not None:
            modules = self.json()
            for name, module in modules.items():
                chosen = self._design.module(self._yosys.IdString(f"\\{name}"))
                for label, kind in adder_kinds(module).items():
                    cell = chosen.cell(self._yosys.IdString(identifier(label)))
                    cell.type = self._yosys.IdString(f"\\{kind}")
            self.run(("techmap", "-map", self._write("adders.v", adders.techmap)))
        self.run(("techmap", "-map", self._write("logic.v", ADDER_LOGIC)), "techmap", "opt -fast")

    def map_cells(self, choices: Sequence[Adders | None], aim: str, seed: int) -> None:
        """Map everything to the library, each module by itself in the way that suits it best.

        What a module becomes depends on nothing else, so designs that have it in common share the
        cached answer.

        Args:
            choices: of adders: the library's cells, or None for logic.
            aim: see `Recipe`.
            seed: of the order of names, if they are scrambled.
        """
        modules = self.json()
        self._mark = _unused_mark(modules)
        # Their numbers would tell of everything that was done before.
        for kind, objects in (("wire", "w:$*"), ("gate", "c:$*")):
            self.run(f"rename -enumerate -pattern {kind}{self._mark}_%_ {objects}")
        self.run("design -save refined")
        texts = []
        for name in modules:
            self.run("design -load refined")
            if others := [f"={other}" for other in modules if other != name]:
                self.run(("blackbox", *others))
            question = {
                "module": self._text(name),  # without its name
                "flow": self._identity,
                "adders": [asdict(choice) if choice else None for choice in choices],
                "aim": aim,
                "seed": seed,
            }
            work = partial(self._map_module, name, choices, aim, seed)
            texts.append(cached("modules", question, work).replace(_ANY, f"\\{name}", 1))
        self.run("design -load refined")
        self.run(*(("delete", f"={name}") for name in modules))
        self.run(("read_rtlil", self._write("mapped.il", "".join(texts))))

    def _map_module(self, name: str, choices: Sequence[Adders | None], aim: str, seed: int) -> str:
        """Map the only module that is not a black box; returns it in RTLIL."""
        if not any(cell["type"] == FULL for cell in self.json()[name]["cells"].values()):
            choices = choices[:1]
        self.run("design -save alone")
        best, text = math.inf, ""
        for choice in choices:
            self.run("design -load alone")
            self.place_adders(choice)
            self.run(("dfflibmap", "-liberty", self._liberty, *self._dont_use), "opt_clean")
            self.run("design -save unmapped")
            orders = 1 if aim.startswith("quick") else _ORDERS
            tries: Iterator[tuple[int, str]] = product(range(orders), SCRIPTS[aim])
            for order, commands in tries:
                self.run("design -load unmapped")
                if order or seed:
                    self.scramble(1 + order + _ORDERS * seed)
                path = self._write("script.abc", commands.replace(";", "\n") + "\n")
                self.run(("abc", "-liberty", self._liberty, *self._dont_use, "-script", path))
                self.run("opt_clean -purge")
                if (merit := self._merit(name, aim)) < best:
                    best, text = merit, self._text(name)
        return text

    def _merit(self, name: str, aim: str) -> float:
        """What a module should have little of: area, or area x delay^2."""
        cells = self._technology.cells
        module = self.json()[name]
        own = {label: cell for label, cell in module["cells"].items() if cell["type"] in cells}
        alone = {"modules": {name: module | {"cells": own}}}
        netlist = flatten(read_modules(alone, self._technology), name, self._technology)
        merit = netlist.area_um2
        if aim.endswith("delay") and own:
            graph = TimingGraph(netlist, self._technology, self._tables)
            merit *= graph.analyse().delays.longest_ps ** 2
        return merit

    def _text(self, name: str) -> str:
        path = self._folder / "module.il"
        self.run(("select", f"={name}"), ("write_rtlil", "-selected", path), "select -clear")
        lines = path.read_text().splitlines(keepends=True)
        left_out = ("autoidx ", "#", "attribute \\src ")
        text = "".join(line for line in lines if not line.lstrip().startswith(left_out))
        return text.replace(f"module \\{name}\n", f"module {_ANY}\n", 1)

    def use_inverted_outputs(self) -> None:
        """Drop an inverter behind a flip-flop whose inverted output is free."""
        cells = self._technology.cells
        for name, module in self.json().items():
            chosen = self._design.module(self._yosys.IdString(f"\\{name}"))
            for flop, pin, inverter in _inverters_behind_flops(module, cells):
                identifiers = [
                    self._yosys.IdString(identifier(label)) for label in (flop, inverter)
                ]
                flop_cell, inverter_cell = map(chosen.cell, identifiers)
                (output,) = cells[inverter_cell.type.str()[1:]].outputs
                net = inverter_cell.getPort(self._yosys.IdString(f"\\{output}"))
                chosen.remove(inverter_cell)
                flop_cell.setPort(self._yosys.IdString(f"\\{pin}"), net)
        self.run("opt_clean -purge")

    def write(self) -> Output:
        """The mapped netlist."""
        self.run("delete =A:blackbox")
        self.run(f"rename -enumerate -pattern n{self._mark}_%_ w:$* c:$*")
        verilog, netlist = self._folder / "mapped.v", self._folder / "mapped.json"
        self.run(("write_json", netlist))
        restore_names(self._design, self._names)
        self.run(("write_verilog", "-noattr", "-noexpr", verilog))
        return Output(netlist.read_text(), verilog.read_text(), self._multiplies, self._sums)

    def _write(self, name: str, text: str) -> Path:
        path = self._folder / name
        path.write_text(text)
        return path


def map_design(
    source: Source,
    recipe: Recipe,
    technology: Technology,
    folder: Path,
    clock_ps: float | None = None,
) -> Output:
    """Map a design; ends the process if Yosys or ABC cannot.

    Args:
        source: the design.
        recipe: how.
        technology: the cells.
        folder: for temporary files.
        clock_ps: the asked clock period, for the plain script; None asks for the least area.

    """
    mapper = Mapper(technology, folder)
    mapper.read(source)
    if recipe.plain:
        mapper.follow_plain_script(clock_ps)
        return mapper.write()
    if source.rows:
        mapper.open_rows()
    mapper.flatten(recipe.hierarchy, source.top)
    mapper.refine(recipe, outside=not source.rows)
    cells = mapper.adders()
    choices = {"cells": [cells], "logic": [None], "either": [cells, None] if cells else [None]}
    mapper.map_cells(choices[recipe.adders], recipe.aim, source.scramble)
    mapper.use_inverted_outputs()
    return mapper.write()


def _cells(modules: dict[str, Any]) -> list[dict[str, Any]]:
    return [cell for module in modules.values() for cell in module["cells"].values()]


def _is_sum(cell: dict[str, Any]) -> bool:
    """Whether a cell adds three and more operands, or products."""
    if cell["type"] not in {"$macc", "$macc_v2"}:
        return False
    counts = [cell["parameters"].get(name, "11") for name in ("NPRODUCTS", "NADDENDS")]
    return sum(int(count, 2) for count in counts) > 1


def _copies(modules: dict[str, Any], top: str) -> Counter[str]:
    """How often each module occurs in the design."""
    copies: Counter[str] = Counter()

    def visit(name: str, times: int) -> None:
        copies[name] += times
        inside = Counter(cell["type"] for cell in modules[name]["cells"].values())
        for kind, count in inside.items():
            if kind in modules:
                visit(kind, times * count)

    visit(top, 1)
    return copies


def _output_bits(module: dict[str, Any], modules: dict[str, Any]) -> Iterator[int]:
    """Output bits of each cell in a module, those of the modules in it too."""
    for cell in module["cells"].values():
        if cell["type"] in modules:
            yield from _output_bits(modules[cell["type"]], modules)
        elif cell["type"] == FULL:
            yield 2
        else:
            yield sum(
                len(bits)
                for port, bits in cell["connections"].items()
                if cell["port_directions"].get(port) == "output"
            )


def _inverters_behind_flops(
    module: dict[str, Any], cells: dict[str, Any]
) -> Iterator[tuple[str, str, str]]:
    """Each flip-flop with a free inverted output, that pin, and an inverter on its other one."""
    behind: dict[int | str, str] = {}
    for label, instance in module["cells"].items():
        cell = cells.get(instance["type"])
        if cell is None or cell.flop or len(cell.inputs) != 1 or len(cell.outputs) != 1:
            continue
        (pin,) = cell.inputs
        (output,) = cell.outputs.values()
        if output.function.replace(" ", "").strip("()") == f"~{pin}":
            behind.setdefault(instance["connections"][pin][0], label)
    for label, instance in module["cells"].items():
        cell = cells.get(instance["type"])
        if cell is None or cell.flop is None or len(cell.outputs) != 2:
            continue
        pins = {output.function: pin for pin, output in cell.outputs.items()}
        for function, other in (("state", "~state"), ("~state", "state")):
            net = instance["connections"].get(pins[function])
            free = not instance["connections"].get(pins[other])
            if net and free and net[0] in behind:
                yield label, pins[other], behind.pop(net[0])


def _unused_mark(modules: dict[str, Any]) -> str:
    """What to put into the flow's names of wires and gates, so that a design has none of them."""
    names = {
        name
        for module in modules.values()
        for things in ("ports", "netnames", "cells")
        for name in module[things]
    }
    mark = ""
    while any(re.fullmatch(rf"(wire|gate|n){mark}_\d+_", name) for name in names):
        mark += "_"
    return mark
