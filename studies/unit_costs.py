"""Measure what units cost, for the pages about them: `python -m studies.unit_costs`.

A row of their tables is a request to `macsmith synthesize`, which is written beside its figures
into designs/measured/units.json, or a circuit inside of a unit. `studies.unit_tables` makes the
tables of that file. What is in the cache costs nothing; `make measure` does this, too.
"""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from typing import Any

from amaranth.lib import wiring
from rich.console import Console

from costmodel.flow.measure import Point, measure
from costmodel.netlist.source import Source
from costmodel.technologies import load_technology
from hw.formats import Integer
from hw.modules import to_rtlil
from hw.ternary.rounder import Rounder
from hw.ternary.scaling import Scaling
from hw.ternary.sparse import sparse_entries
from hw.ternary.table import Table
from hw.ternary.unpack import CodeWord, GroupKey, Tl2Key, Tl2Word, Trits5Key, Trits5Word
from macsmith.design import designs_folder, load_design
from macsmith.ternary.core import ternary_core

__all__ = ["REQUESTS", "circuits"]

_FILE = designs_folder() / "measured" / "units.json"
_TECHNOLOGY = "nangate45"
_INT8 = Integer.parse("int8")
_KEPT = ("technology", "clock_ps", "recipe", "area_um2", "delay_ps", "leakage_uw", "flow")

_TILE = (
    "ternary-int8-8x8 --activity --clock-ns 4 --set columns=16 --set workload.inputs=64"
    " --set workload.outputs={outputs} --set workload.batch=1 --set group={mu} --set luts={luts}"
)
_REGISTER, _TABLE = " --set table_register=true", " --set loop=table"
_EXIT = " --set exit_register=true"


def _loop(mu: int, more: str = "", outputs: int = 64) -> str:
    return _TILE.format(mu=mu, luts=16 // mu, outputs=outputs) + more


#: By page and by what it calls the row: what `macsmith synthesize` is asked for.
REQUESTS: dict[str, dict[str, str]] = {
    "loop_order": {
        "2, reduction, no table register": _loop(2),
        "2, reduction, table register": _loop(2, _REGISTER),
        "2, table": _loop(2, _REGISTER + _TABLE),
        "4, reduction, no table register": _loop(4),
        "4, reduction, table register": _loop(4, _REGISTER),
        "4, table, M = 32 (2 blocks)": _loop(4, _REGISTER + _TABLE, outputs=32),
        "4, table": _loop(4, _REGISTER + _TABLE),
    },
    "complex": {
        "`complex-int8-16x16`, mu = 2": "complex-int8-16x16",
        "`rotate-int8-16x16`, mu = 1": "rotate-int8-16x16",
        "`complex-int8-16x16 --set group=4 --set luts=4`": (
            "complex-int8-16x16 --set group=4 --set luts=4"
        ),
        "`ternary-int8-32x32` with the workload in real parts (128 x 64, batch 8, bias 1000)": (
            "ternary-int8-32x32 --set workload.inputs=128 --set workload.outputs=64"
            " --set workload.batch=8 --set workload.bias_limit=1000"
        ),
    },
    "scales": {
        name + more: name + more
        for name in ("ternary-int8-32x32", "ternary-int8-bf16-column", "ternary-int8-int8")
        for more in (("",) if name == "ternary-int8-32x32" else ("", _EXIT))
    },
    "bit_serial": {
        str(planes): f"bitserial-int8-8x8 --set sequencer=false --set planes={planes}"
        for planes in (1, 4)
    },
    "packings": {
        name + more: name + more
        for name in ("ternary-int8-sparse34", "ternary-int8-tl2", "ternary-int8-trits5")
        for more in ("", " --set packing=keys")
    },
}


def main() -> None:
    """Ask all that is asked for, and write the answers."""
    rows = []
    console = Console(stderr=True)
    for page, requests in REQUESTS.items():
        for label, request in requests.items():
            with console.status(request):
                rows.append({"page": page, "row": label, "request": request} | _answer(request))
            console.print(f"{request}: {rows[-1]['area_um2']:,.0f} um2")
    for page, inside in circuits().items():
        for label, circuit in inside.items():
            source = Source(to_rtlil(circuit, "dut"), "rtlil", "dut", rows=False)
            figures = measure(Point(source, load_technology(_TECHNOLOGY)))
            rows.append({"page": page, "row": label} | {key: figures[key] for key in _KEPT})
    _FILE.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def circuits() -> dict[str, dict[str, wiring.Component]]:
    """By page and by what it calls them: circuits inside of units."""
    decoders: dict[str, wiring.Component] = {
        "codes: word to trit": CodeWord(),
        "trits5: word to five trits": Trits5Word(),
        "trits5: word to key of 5": Trits5Key(),
        "tl2: word to three trits": Tl2Word(),
        "tl2: word to key of 3": Tl2Key(),
    }
    decoders |= {f"trits to key of {group}": GroupKey(group) for group in range(2, 8)}
    for shifts in (False, True):
        entries, helpers = sparse_entries(_INT8, shifts=shifts)
        name = f"sparse34: table of int8, {18 if shifts else 20} adders"
        decoders[name] = Table(4, _INT8, entries=entries, helpers=helpers)
    decoders["keys: table of int8, group 4"] = Table(4, _INT8)
    exits: dict[str, wiring.Component] = {}
    for result, design in (("bf16", "ternary-int8-bf16-column"), ("int8", "ternary-int8-int8")):
        plan = ternary_core(load_design(design).configuration).exit_plan
        assert plan is not None
        exits |= {f"{result}: product": Scaling(plan), f"{result}: rounding": Rounder(plan)}
    tables: dict[str, wiring.Component] = {str(mu): Table(mu, _INT8) for mu in (3, 4)}
    return {"packings": decoders, "scales": exits, "ternary_lut": tables}


def _answer(request: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "macsmith", "synthesize", *shlex.split(request), "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, encoding="utf-8", check=False)
    if not done.stdout:
        raise SystemExit(f"macsmith synthesize {request} ended with status {done.returncode}")
    answer = json.loads(done.stdout)
    row = {key: answer[key] for key in (*_KEPT, "parts")}
    if "energy" in answer:
        energy = answer["energy"]
        kept = ("energy_fj_per_operation", "clock_fj_per_cycle", "cycles", "operations")
        row |= {key: energy[key] for key in kept} | {"energy_by_part": energy["by_part"]}
    return row


if __name__ == "__main__":
    main()
