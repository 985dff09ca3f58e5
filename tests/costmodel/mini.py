"""The library of `base.lib` with something replaced or added, for the tests of Liberty's reader."""

from __future__ import annotations

from pathlib import Path

from costmodel.liberty.reader import distil
from costmodel.library.technology import Technology

BASE = (Path(__file__).parents[1] / "cases" / "liberty" / "base.lib").read_text()
ROWS = '"0.02, 0.05, 0.2", "0.04, 0.07, 0.22", "0.08, 0.12, 0.3"'
DELAYS = 'index_1 ("0.01, 0.1, 0.4"); index_2 ("0.001, 0.01, 0.05"); }\n  power'
AXES = (
    f"variable_1 : input_net_transition; variable_2 : total_output_net_capacitance;\n    {DELAYS}"
)


def replaced(*pairs: tuple[str, str], cell: str = "") -> str:
    """The base with texts replaced, in one cell or everywhere."""
    start = BASE.index(f"  cell ({cell})") if cell else 0
    end = BASE.index("\n  }\n", start) if cell else len(BASE)
    text = BASE[start:end]
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return BASE[:start] + text + BASE[end:]


def added(text: str) -> str:
    return f"{BASE.rstrip().removesuffix('}')}{text}\n}}\n"


def distilled(text: str, folder: Path) -> tuple[Technology, list[str]]:
    (folder / "own.lib").write_text(text)
    warnings: list[str] = []
    return distil("own", [folder / "own.lib"], warn=warnings.append), warnings
