"""The flow's identity: what makes a figure what it is."""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from pathlib import Path

from costmodel.library.technology import Technology
from hw import __version__

__all__ = ["flow_digest", "flow_identity"]

_SOURCES = (
    "flow/adders",
    "flow/clock_network",
    "flow/clock_report",
    "flow/clocks",
    "flow/critical_path",
    "flow/library_names",
    "flow/mapped",
    "flow/mapping",
    "flow/recipes",
    "flow/registers",
    "flow/sizing",
    "flow/synthesis",
    "flow/timing",
    "flow/timing_tables",
    "library/liberty_writer",
    "library/plain_names",
    "library/technology",
    "netlist/netlist",
    "netlist/source",
    "netlist/yosys_faults",
)


def flow_identity(technology: Technology) -> dict[str, str]:
    """What makes a figure: the flow, its tools, the cells."""
    return {
        "flow": flow_digest()[:16],
        "macsmith": __version__,
        "pyosys": version("pyosys"),
        "technology": technology.digest[:16],
    }


def _digest() -> str:
    folder = Path(__file__).parents[1]
    texts = [(folder / f"{name}.py").read_text() for name in _SOURCES]
    tools = [f"{name} {version(name)}" for name in ("pyosys", "numpy")]
    return hashlib.sha256("\0".join([*texts, *tools]).encode()).hexdigest()


# Read when the flow is imported: read later, it could be that of an edited file, and answers of the
# flow that runs would be kept under the name of another one.
_DIGEST = _digest()


def flow_digest() -> str:
    """sha256 of the flow's own sources and its tools' versions."""
    return _DIGEST
