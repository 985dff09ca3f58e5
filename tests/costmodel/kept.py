"""Netlists that tests begin with: mapped once, and kept as a user's answers are.

What a circuit becomes depends on the circuit, the cells, the flow and its tools. As long as none of
them has changed it is the same again; what the tests say of it is looked at each time.
"""

from __future__ import annotations

import base64
import hashlib
import json
import pickle
import zlib
from collections.abc import Callable
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import costmodel
from costmodel.flow.identity import flow_identity
from costmodel.flow.mapped import Mapped, map_once
from costmodel.flow.mapping import map_design
from costmodel.flow.recipes import Recipe
from costmodel.library.plain_names import PlainNames
from costmodel.library.technology import Technology
from costmodel.netlist.source import Source
from costmodel.work.cache import cached
from costmodel.work.worker import Limits, run_limited

__all__ = ["NamedMap", "kept_mapping", "kept_named_mapping"]

Answer = TypeVar("Answer")

#: Folders of all sources that have a part in a netlist: more than `flow_identity` has.
_FOLDERS = ("flow", "library", "netlist", "work")


@cache
def _sources() -> str:
    folder = Path(costmodel.__file__).parent
    files = [file for name in _FOLDERS for file in sorted((folder / name).glob("*.py"))]
    texts = [file.read_bytes() for file in (*files, Path(__file__))]
    return hashlib.sha256(b"\0".join(texts)).hexdigest()


_SOURCES = _sources()  # read when they are imported, before anybody edits them


def _kept(
    source: Source,
    recipe: Recipe,
    technology: Technology,
    work: Callable[[], Answer],
    **more: Any,
) -> Answer:
    question = {
        "source": asdict(source),
        "recipe": str(recipe),
        "flow": flow_identity(technology),
        "sources": _SOURCES,
        **more,
    }

    def ask() -> str:
        return base64.b64encode(zlib.compress(pickle.dumps(work()))).decode()

    return pickle.loads(zlib.decompress(base64.b64decode(cached("tests", question, ask))))


def kept_mapping(
    source: Source, recipe: Recipe, technology: Technology, clock_ps: float | None = None
) -> Mapped:
    """As `costmodel.flow.mapped.map_once`."""
    return _kept(
        source,
        recipe,
        technology,
        lambda: map_once(source, recipe, technology, clock_ps),
        clock_ps=clock_ps,
    )


class NamedMap:
    """`map_design` with its arguments, to be called in another process.

    Its answer is the netlist as JSON and as Verilog, both under the library's names.
    """

    def __init__(self, source: Source, recipe: Recipe, technology: Technology) -> None:
        self._arguments = source, recipe, technology

    def __call__(self, folder: Path) -> tuple[str, str]:
        technology = self._arguments[-1]
        output = map_design(*self._arguments, folder)
        netlist, names = json.loads(output.json), PlainNames.of(technology)
        for module in netlist["modules"].values():
            for cell in module["cells"].values():
                if cell["type"] in names.cells:
                    pins = names.pins[cell["type"]]
                    cell["type"] = names.cells[cell["type"]].name
                    cell["connections"] = {pins[p]: n for p, n in cell["connections"].items()}
        return json.dumps(netlist), output.verilog


def kept_named_mapping(source: Source, recipe: Recipe, technology: Technology) -> tuple[str, str]:
    """The answer of `NamedMap`."""
    work = NamedMap(source, recipe, technology)
    return _kept(
        source,
        recipe,
        technology,
        lambda: run_limited(work, Limits(seconds=120), source.top),
        names="the library's",
    )
