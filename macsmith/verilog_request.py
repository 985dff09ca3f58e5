"""A user's Verilog as the command line names it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from costmodel.verilog.file_list import read_file_list
from costmodel.verilog.sources import VerilogSources, definition, parameter
from hw.errors import RequestError

__all__ = ["VerilogRequest"]


@dataclass(frozen=True)
class VerilogRequest:
    """The options that name Verilog, as they were given.

    Attributes:
        files: of ``--verilog``.
        lists: of ``--file-list``.
        top: the top module; None if none is named.
        includes: folders of ``--include``.
        defines: texts of ``--define``.
        parameters: texts of ``--param``.
    """

    files: tuple[Path, ...] = ()
    lists: tuple[Path, ...] = ()
    top: str | None = None
    includes: tuple[Path, ...] = ()
    defines: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()

    @property
    def asked(self) -> bool:
        """Whether Verilog is named at all."""
        return bool(self.files or self.lists)

    @property
    def detailed(self) -> bool:
        """Whether anything is said that belongs to Verilog."""
        return bool(self.top or self.includes or self.defines or self.parameters)

    def sources(self, names: list[str]) -> VerilogSources:
        """What is to be read.

        Args:
            names: more files.

        Raises:
            RequestError: the top module is not named, a file or a folder is named twice or is not
                there, or a definition is none.
        """
        for name in names:
            if not Path(name).exists():
                raise RequestError(
                    f"{name} is no file: with --verilog, names are more files of Verilog, not a"
                    " DESIGN"
                )
        files = [*self.files, *map(Path, names)]
        first = (files or self.lists)[0]
        if self.top is None:
            raise RequestError(
                f"--verilog {first} also wants --top: the name of the module to be mapped"
            )
        includes = list(self.includes)
        for folder in includes:
            if not folder.is_dir():
                raise RequestError(f"--include {folder} is no folder")
        defines = [definition(text, "--define") for text in self.defines]
        parameters = [parameter(text, "--param") for text in self.parameters]
        libraries, lists, remarks = [], [], []
        _refuse_repeated([str(file.absolute()) for file in files], "the file {} is named twice")
        for named in self.lists:
            contents = read_file_list(named)
            for file in contents.files:
                if file.absolute() in {known.absolute() for known in files}:
                    remarks.append(f"{named.name}: {file} is named again and is read once")
                else:
                    files.append(file)
            includes += contents.includes
            defines += contents.defines
            libraries += contents.libraries
            lists += contents.lists
            remarks += contents.remarks
        _refuse_repeated([name for name, _ in parameters], "--param sets {} twice")
        return VerilogSources(
            tuple(files),
            self.top,
            tuple(includes),
            tuple(_once_each(defines)),
            tuple(parameters),
            tuple(libraries),
            tuple(lists),
            tuple(remarks),
        )


def _refuse_repeated(names: list[str], sentence: str) -> None:
    for name in names:
        if names.count(name) > 1:
            raise RequestError(sentence.format(name))


def _once_each(defines: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Each macro once.

    Raises:
        RequestError: it is defined as two different texts.
    """
    texts: dict[str, str] = {}
    for name, text in defines:
        if texts.setdefault(name, text) != text:
            raise RequestError(f"the macro {name} is defined twice: as {texts[name]} and as {text}")
    return list(texts.items())
