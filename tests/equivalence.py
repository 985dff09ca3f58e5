"""Whether emitted Verilog is the circuit that it was written from, module by module."""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.support import run_yosys

__all__ = ["differing"]

# Both as netlists of operators. Wires that Verilog calls otherwise are matched by nothing.
_READ = ("proc", "opt_clean", "setattr -unset init w:*", "rename -hide w:*.* w:*$*")


def differing(rtlil: str, verilog: str, modules: list[str] | None = None) -> list[str]:
    """The modules whose outputs or registers differ for some inputs and some state.

    Args:
        rtlil: the circuit before it was written.
        verilog: what was written of it; instances have the same names.
        modules: some of the modules; by default all.
    """
    names = modules or re.findall(r"^module \\(\S+)$", rtlil, re.MULTILINE)
    with TemporaryDirectory() as folder:
        gold, gate = Path(folder, "gold.il"), Path(folder, "gate.v")
        gold.write_text(rtlil)
        gate.write_text(verilog)
        commands = [
            f"read_rtlil {gold}",
            *_READ,
            "design -save gold",
            "design -reset",
            f"read_verilog {gate}",
            *_READ,
            "design -save gate",
        ]
        for name in names:
            commands += [
                "design -reset",
                f"design -copy-from gold -as gold {name}",
                f"design -copy-from gate -as gate {name}",
                "equiv_make gold gate equiv",
                "equiv_simple equiv",
                "equiv_status equiv",
            ]
        done = run_yosys(commands, timeout_s=900)
        assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-1000:]
    proofs = re.findall(r"Of those cells (\d+) are proven and (\d+) are unproven", done.stdout)
    assert len(proofs) == len(names)
    assert all(int(proved) + int(unproved) for proved, unproved in proofs)
    return [name for name, (_, unproved) in zip(names, proofs, strict=True) if int(unproved)]
