"""Whether emitted Verilog is the circuit that it was written from, module by module."""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.support import run_yosys

__all__ = ["differing"]

# Both as netlists of operators. Wires that Verilog calls otherwise are matched by nothing.
_READ = ("proc", "opt_clean", "setattr -unset init w:*", "rename -hide w:*.* w:*$*")
# Names of wires inside, but for those of registers: where two wires of different meaning have the
# same name in both texts, a proof must do without them.
_INSIDE = "rename -hide w:* i:* %d o:* %d t:$*ff* %co1:+[Q] %d"


def differing(rtlil: str, verilog: str, modules: list[str] | None = None) -> list[str]:
    """The modules whose outputs or next states differ for some inputs and states.

    What a module's instances put out counts as its input, and what they take as its output. Wires
    of the same name are taken to be the same, which makes proofs short; where that fails, a proof
    without the names inside decides.

    Args:
        rtlil: the circuit before it was written.
        verilog: what was written of it, its instances in the same order.
        modules: some of the modules; by default all.
    """
    names = modules or re.findall(r"^module \\(\S+)$", rtlil, re.MULTILINE)
    unproved = _unproved(rtlil, verilog, names, ())
    return _unproved(rtlil, verilog, unproved, (_INSIDE,)) if unproved else []


def _called_alike(rtlil: str, verilog: str) -> str:
    """Verilog with its instances called as in the circuit, module by module in their order."""
    made = {
        module[1]: re.findall(r"(?m)^  cell \\(\S+) \\(\S+)$", text)
        for text in re.split(r"(?m)^(?=module )", rtlil)
        if (module := re.match(r"module \\(\S+)", text))
    }
    texts = re.split(r"(?m)^(?=module )", verilog)
    return "".join(_renamed(text, made) for text in texts)


def _renamed(text: str, made: dict[str, list[tuple[str, str]]]) -> str:
    module = re.match(r"module (\w+)", text)
    if module is None:
        return text
    instances = r"(?m)^  (\w+) (\w+) \("
    here, there = re.findall(instances, text), made[module[1]]
    # those that are called alike are the same, the others of a kind come in the same order
    left = [instance for instance in there if instance not in here]

    def called(instance: re.Match[str]) -> str:
        kind, name = instance.groups()
        kinds = [other for other, _ in left]
        if (kind, name) in there or kind not in kinds:
            return instance[0]
        return f"  {kind} \\{left.pop(kinds.index(kind))[1]} ("

    return re.sub(instances, called, text)


def _unproved(rtlil: str, verilog: str, names: list[str], before: tuple[str, ...]) -> list[str]:
    """The modules for which Yosys finds no proof, after commands on each of both."""
    with TemporaryDirectory() as folder:
        gold, gate = Path(folder, "gold.il"), Path(folder, "gate.v")
        gold.write_text(rtlil)
        gate.write_text(_called_alike(rtlil, verilog))
        commands = []
        for side, read in (("gold", f"read_rtlil {gold}"), ("gate", f"read_verilog {gate}")):
            commands += ["design -reset", read, *_READ, f"design -save {side}"]
        for name in names:
            for side in ("gold", "gate"):
                commands += [f"design -load {side}", f"expose -evert {name}/c:*"]
                commands += [f"select {name}", *before, "select -clear"]
                commands += [f"design -save {side}_alone"]
            commands += [
                "design -reset",
                f"design -copy-from gold_alone -as gold {name}",
                f"design -copy-from gate_alone -as gate {name}",
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
