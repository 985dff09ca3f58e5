"""SystemVerilog, read by slang, which is in Yosys: elaborated to the same form as plain Verilog.

slang elaborates by itself and writes word-level modules, one an instance. It is run again with more
where it says that something is missing (a memory image, a module of a library) or where it reads
files apart that belong together, since one has a macro of another. What it cannot keep apart, a
name inside of another module, it flattens.
"""

from __future__ import annotations

import difflib
import os
import re
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from costmodel.verilog.elaboration import CELLS, Library
from costmodel.verilog.examination import Elaborated, examine
from costmodel.verilog.folder import SourceFolder, digest
from costmodel.verilog.images import check_image
from costmodel.verilog.messages import UnreadError
from costmodel.verilog.sharing import share_modules
from costmodel.verilog.slang_messages import (
    SlangMessage,
    read_slang_messages,
    slang_doubts,
    slang_sentence,
)
from costmodel.verilog.slang_text import Copies
from costmodel.verilog.sources import VerilogSources, text_of
from costmodel.verilog.steps import StepEndedError, Yosys, run_step
from hw.errors import RequestError

__all__ = ["read_by_slang"]

Result = TypeVar("Result")

_OPTIONS = (
    *("--no-proc", "--ignore-timing", "--ignore-assertions", "--dfa-unique-priority"),
    *("--allow-use-before-declare", "--relax-enum-conversions", "--relax-string-conversions"),
    *("--allow-merging-ansi-ports", "--allow-bare-value-param-assigment"),
    *("--allow-array-concat-assign-pattern", "--allow-dup-initial-drivers"),
    *("-Wport-width-expand", "-Wport-width-trunc"),
    *("--threads", "1", "--error-limit", "0", "--diag-json", "messages.json"),
)
_TOP = re.compile(r"[A-Za-z_][\w$]*", re.ASCII)
_CHECK = "macsmith_parameters"  # a module that instantiates the top module with its parameters
_MOST_RUNS = 200
_CONDITION = "condition cannot be matched to any signal from the event list"
_ONLY_SIMULATES = re.compile(
    r"unsupported (?:language feature|system task)|.*not supported in initial|unknown system name"
)


def read_by_slang(
    wanted: VerilogSources, folder: SourceFolder, copy: Path, library: Library, seconds: float
) -> Elaborated:
    """Read a design by slang.

    Args:
        wanted: the design.
        folder: finds what it names.
        copy: a folder for copies.
        library: cells that the design may have instances of.
        seconds: of processor time.

    Raises:
        UnreadError: slang does not take it.
        RequestError: it is no circuit.
    """
    if not _TOP.fullmatch(wanted.top):
        raise UnreadError(f"{wanted.title} has no module {wanted.top} that slang could name")
    try:
        copies = Copies(folder, copy, dict(wanted.defines))
        for file, name in zip(wanted.files, wanted.names, strict=True):
            copies.add(name, text_of(file))
    except RequestError as error:
        raise UnreadError(str(error)) from error
    return _Slang(wanted, folder, copy, library, copies).read(seconds)


@dataclass
class _Slang:
    """A reading, and what was found to be needed for it.

    Attributes:
        together: the files are one text, so that one has the macros of another.
        flat: nothing is kept of the hierarchy.
        with_library: there are instances of the library's cells.
        remarks: on what was left out of the source.
    """

    wanted: VerilogSources
    folder: SourceFolder
    copy: Path
    library: Library
    copies: Copies
    together: bool = False
    flat: bool = False
    with_library: bool = False
    remarks: list[str] = field(default_factory=list)

    @property
    def log(self) -> Path:
        return self.copy.parent / "slang.log"

    def read(self, seconds: float) -> Elaborated:
        """The design."""
        if self.wanted.parameters:
            self._check_parameters(seconds)
        apart: list[SlangMessage] = []  # what is wrong with the files, each by itself
        for _ in range(_MOST_RUNS):
            try:
                design = self._run(self._elaborate, seconds)
            except StepEndedError as ended:
                if self._mend(errors := self._errors(ended)):
                    continue
                if len(self.copies.names) == 1 or self.together:
                    raise UnreadError(self._sentence(apart or errors)) from ended
                self.together, apart = True, errors
            else:
                warnings = dict.fromkeys([*self.remarks, *design.warnings])
                return Elaborated(share_modules(design.rtlil), tuple(warnings))
        raise UnreadError(f"{self.wanted.title}: more than {_MOST_RUNS} files are missing")

    def _run(self, step: Callable[[], Result], seconds: float) -> Result:
        for file in (self.log, self.copy / "messages.json"):
            file.unlink(missing_ok=True)
        return run_step(step, seconds)

    def _arguments(self) -> list[str]:
        return [
            *_OPTIONS,
            *(() if self.flat else ("--best-effort-hierarchy",)),
            *(("--single-unit",) if self.together else ()),
            *(word for name, text in self.wanted.defines for word in ("-D", f"{name}={text}")),
        ]

    def _elaborate(self) -> Elaborated:
        """In a fork: read and examine."""
        os.chdir(self.copy)
        yosys, top = Yosys(self.log), self.wanted.top
        if self.with_library:
            yosys.run(*CELLS, self.library.liberty)
            yosys.run("read_verilog", "-nooverwrite", self.library.wrappers)
        parameters = [
            word for name, value in self.wanted.parameters for word in ("-G", f"{name}={value}")
        ]
        arguments = [*self._arguments(), *parameters, "--top", top]
        yosys.run("read_slang", *arguments, *self.copies.names)
        messages = read_slang_messages(self.copy / "messages.json")
        doubts = list(slang_doubts(messages, self.copies.line_at))
        self.log.write_text("")  # of its messages those are all that matter
        _name_modules(yosys, top)
        for kind in ("$print", "$check"):
            yosys.run("delete", f"t:{kind}")
        yosys.run("hierarchy", "-check", "-top", top)
        for module in yosys.design.modules_.values():
            _open_undriven(yosys, module)
        yosys.run("proc", "-noopt")
        # slang writes each reset as a load, of a value that here is a constant
        yosys.run("opt_dff", "-nodffe", "-nosdff", "-keepdc", "t:$aldff", "t:$aldffe")
        own = self.copies.modules()
        names = [module.name.str().removeprefix("\\") for module in yosys.design.modules_.values()]
        design = examine(yosys, top, [name for name in names if name.partition("$")[0] in own])
        return Elaborated(design.rtlil, (*doubts, *design.warnings))

    def _check_parameters(self, seconds: float) -> None:
        """See that the top module has the parameters: slang passes over others."""
        words = ", ".join(f".{name}({value})" for name, value in self.wanted.parameters)
        text = f"module {_CHECK}; {self.wanted.top} #({words}) dut (); endmodule\n"
        (self.copy / "check.sv").write_text(text, encoding="utf-8")

        def check() -> None:
            os.chdir(self.copy)
            arguments = [*self._arguments(), "--top", _CHECK, "--ast-compilation-only"]
            Yosys(self.log).run("read_slang", *arguments, *self.copies.names, "check.sv")

        try:
            self._run(check, seconds)
        except StepEndedError:
            for message in read_slang_messages(self.copy / "messages.json"):
                if message.error and message.place.startswith("check.sv:"):
                    text = slang_sentence([message._replace(place="")])
                    raise RequestError(f"--param: {text}") from None

    def _errors(self, ended: StepEndedError) -> list[SlangMessage]:
        """Why a run ended.

        Raises:
            UnreadError: it did not say.
        """
        messages = read_slang_messages(self.copy / "messages.json")
        errors = [message for message in messages if message.error]
        if errors:
            return errors
        said = Yosys(self.log).said()
        words = [line.partition("ERROR: ")[2] for line in said.splitlines() if "ERROR: " in line]
        title = self.wanted.title
        if ended.status == -signal.SIGXCPU:
            raise UnreadError(f"{title}: reading takes too long: a loop in it may have no end")
        if words and not words[-1].startswith("Feature unimplemented"):
            raise UnreadError(f"{title}: slang fails: {words[-1]}")
        raise UnreadError(f"{title}: slang fails inside of itself (status {ended.status})")

    def _mend(self, errors: list[SlangMessage]) -> bool:
        """Whether another run may go further, after what was done for it."""
        texts = [error.text for error in errors]
        for error in errors:
            match = re.match(r"'(\w+)': No such file", error.text)
            if match and (refusal := self.copies.missing(match[1])):
                raise UnreadError(str(refusal))
            match = re.match(r"failed to open file '(.*)'$", error.text, re.DOTALL)
            if match and (image := self.copies.image(match[1])):
                self._take_image(match[1], *image, error.place)
                return True
        if not self.flat and any("across preserved module boundary" in text for text in texts):
            self.flat = True
            return True
        missing = [m[1] for text in texts if (m := re.match(r"unknown module '(.+)'", text))]
        if any([*map(self._take_module, missing)]):
            return True
        if not self.with_library and self.library.names & set(missing):
            self.with_library = True
            return True
        conditions = [error.place for error in errors if error.text.startswith(_CONDITION)]
        if any([*map(self.copies.split_reset, conditions)]):
            return True
        return any([*map(self._leave_out, errors)])

    def _take_image(self, name: str, file: str, wanted: str, place: str) -> None:
        line = self.copies.line_at(place)
        task = "$readmemb" if "$readmemb" in line and "$readmemh" not in line else "$readmemh"
        try:
            found = self.folder.find(wanted, file, place, "memory image", beside_first=True)
        except RequestError as error:
            raise UnreadError(str(error)) from error
        check_image(found[2], wanted, task)
        to = self.copy / name
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_bytes(found[2])

    def _take_module(self, name: str) -> bool:
        """Read a module that is missing from a folder of modules."""
        for folder in self.wanted.libraries:
            for suffix in (".sv", ".v"):
                file = folder / f"{name}{suffix}"
                relative = self.wanted.relative(file)
                self.folder.looked_up.setdefault(relative, None)
                if file.is_file() and relative not in self.copies.origins.values():
                    self.folder.looked_up[relative] = digest(file.read_bytes())
                    self.copies.add(relative, text_of(file))
                    return True
        return False

    def _leave_out(self, error: SlangMessage) -> bool:
        """Leave out the initial block that an error is in, if only a simulator can run it."""
        if not _ONLY_SIMULATES.match(error.text) or not self.copies.drop_initial(error.place):
            return False
        self.remarks.append(
            f"{error.place}: an initial block is left out that only a simulator can run"
        )
        return True

    def _sentence(self, errors: list[SlangMessage]) -> str:
        """Why the design is not taken."""
        top, title = self.wanted.top, self.wanted.title
        if not any(f"'{top}' is not a valid top-level module" in error.text for error in errors):
            sentence = slang_sentence(errors)
            return sentence + self._hint(sentence)
        names = self.copies.modules()
        if top in names:
            return (
                f"{names[top]}: {top} cannot be the top module as it is: a parameter without a"
                " default wants a value by --param NAME=VALUE"
            )
        near = difflib.get_close_matches(top, names, 1)
        listed = ", ".join(sorted(names)[:5]) or "no module at all"
        return f"{title} has no module {top}" + (
            f"; did you mean {near[0]}?" if near else f": it has {listed}"
        )

    def _hint(self, sentence: str) -> str:
        """Where a missing module or package may be."""
        match = re.search(r"there is no (?:module|package|interface) (\w+)", sentence)
        for folder in dict.fromkeys(file.parent for file in self.wanted.files) if match else ():
            for suffix in (".sv", ".v"):
                if match and (folder / f"{match[1]}{suffix}").is_file():
                    return f"; name {match[1]}{suffix} beside it as well"
        return ""


def _name_modules(yosys: Yosys, top: str) -> None:
    """Give each module the name of its source: slang names one ``NAME$PATH``."""
    attribute = yosys.identifier("hdlname")
    for module in yosys.design.modules_.values():
        name, mark, _ = module.name.str().removeprefix("\\").partition(f"${top}.")
        if mark:
            module.set_string_attribute(attribute, name)


def _open_undriven(yosys: Yosys, module: Any) -> None:
    """Take away what slang drives nets with that nothing drives: it has no place in the source."""
    for cell in list(module.cells_.values()):
        if cell.type.str() == "$buf" and not cell.get_src_attribute():
            value = cell.getPort(yosys.identifier("A"))
            if value.is_fully_undef():
                module.remove(cell)
