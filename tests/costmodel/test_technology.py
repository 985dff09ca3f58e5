"""Technologies: the shipped ones, their files, and what is written from them."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from liberty.parser import parse_liberty

from costmodel.liberty.reader import distil
from costmodel.library import technology as technologies
from costmodel.library.cell_models import cell_models
from costmodel.library.liberty_writer import to_liberty
from costmodel.library.technology import Technology
from costmodel.technologies import DEFAULT, load_technology, shipped, write_technology
from hw.errors import RequestError
from sim.simulator import SimulatorError, verilator
from tests.costmodel.tiny import FLOP, gate, library, write

SHIPPED = ("asap7", "nangate45", "sg13g2", "sky130hd")

#: Of each library: a cell, its area in um2, and the capacitance of its first input in fF, as read
#: from the library's own files by another parser.
KNOWN = {
    "nangate45": {
        "NAND2_X1": (0.798, 1.60),
        "INV_X1": (0.532, None),
        "XOR2_X1": (1.596, None),
        "HA_X1": (2.66, None),
        "FA_X1": (4.256, None),
        "DFF_X1": (4.522, None),
        "MUX2_X1": (1.862, None),
    },
    "asap7": {
        "NAND2xp5_ASAP7_75t_R": (0.05832, 0.50),
        "INVx1_ASAP7_75t_R": (0.04374, None),
        "FAx1_ASAP7_75t_R": (0.204, None),
        "DFFHQNx1_ASAP7_75t_R": (0.2916, None),
    },
    "sky130hd": {
        "sky130_fd_sc_hd__nand2_1": (3.7536, None),
        "sky130_fd_sc_hd__inv_1": (3.7536, None),
        "sky130_fd_sc_hd__xor2_1": (8.7584, None),
        "sky130_fd_sc_hd__mux2_1": (11.26, None),
        "sky130_fd_sc_hd__ha_1": (12.51, None),
        "sky130_fd_sc_hd__fa_1": (20.02, None),
        "sky130_fd_sc_hd__dfxtp_1": (20.02, None),
    },
    "sg13g2": {
        "sg13g2_nand2_1": (7.2576, None),
        "sg13g2_inv_1": (5.4432, None),
        "sg13g2_xor2_1": (14.515, None),
        "sg13g2_mux2_1": (18.14, None),
        "sg13g2_dfrbpq_1": (48.99, None),
    },
}
LEAKAGE_NW = {
    "nangate45": ("NAND2_X1", 17.4),
    "asap7": ("NAND2xp5_ASAP7_75t_R", 2 * 0.0248),  # of two rails, one of them 0 in all states
    "sg13g2": ("sg13g2_nand2_1", 0.081),
    "sky130hd": ("sky130_fd_sc_hd__nand2_1", 0.0021),
}


@pytest.fixture
def tiny(tmp_path: Path) -> Technology:
    return distil("tiny", [write(tmp_path, library())])


def test_shipped() -> None:
    assert shipped() == sorted(SHIPPED)
    assert DEFAULT in SHIPPED
    assert load_technology().name == DEFAULT
    sizes = [path.stat().st_size for path in Path(technologies.__file__).parent.glob("*/*.json")]
    assert sum(sizes) < 1_100_000


@pytest.mark.parametrize("name", SHIPPED)
def test_known_figures(name: str) -> None:
    technology = load_technology(name)
    for cell, (area, capacitance) in KNOWN[name].items():
        assert technology.cells[cell].area_um2 == pytest.approx(area, rel=1e-3)
        if capacitance is not None:
            first = next(iter(technology.cells[cell].inputs.values()))
            assert first.capacitance_ff == pytest.approx(capacitance, rel=0.01)
    cell, leakage = LEAKAGE_NW[name]
    assert technology.cells[cell].leakage_nw == pytest.approx(leakage, rel=0.03)


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_files_are_whole(name: str) -> None:
    """What flows ask of a technology: source and licence, adders where the library has them."""
    technology = load_technology(name)
    assert all((technology.description, technology.source, technology.licence, technology.files))
    assert technology.driver in technology.cells
    usable = [cell for cell in technology.cells.values() if not cell.excluded]
    assert len(usable) > 50
    assert any(cell.flop for cell in usable)
    for cell in technology.cells.values():
        for output in cell.outputs.values():
            followed = [cell.flop.clock] if cell.flop else list(cell.inputs)
            assert {arc.input for arc in output.arcs} <= set(followed)
            assert output.max_load_ff > 0 or not output.arcs
            for arc in output.arcs:
                assert len(arc.transitions_ps) == 4
                assert len(arc.loads_ff) == 3
                assert list(arc.loads_ff) == sorted(arc.loads_ff)
                assert [len(row) for row in arc.rise_ps] == [3] * 4


@pytest.mark.parametrize("name", SHIPPED)
def test_loads_at_once_and_is_written_as_it_was_read(name: str) -> None:
    path = Path(technologies.__file__).parent / "technologies" / f"{name}.json"
    text = path.read_text()
    times = []
    technology = load_technology(name)
    for _ in range(5):
        start = time.process_time()
        technology = load_technology(name)
        times.append(time.process_time() - start)
    assert min(times) < 0.1  # half of it sees that the file is what it must be
    assert technology.to_json() == text
    assert technology.digest == hashlib.sha256(text.encode()).hexdigest()
    assert Technology.from_json(text) == technology


def test_digest_of_an_import_is_that_of_its_file(tiny: Technology, tmp_path: Path) -> None:
    write_technology(tiny, tmp_path / "folder" / "tiny.json")
    loaded = load_technology(str(tmp_path / "folder" / "tiny.json"))
    assert loaded == tiny
    assert loaded.digest == tiny.digest
    assert dataclasses.replace(loaded, driver="INV").digest != loaded.digest
    assert [path.name for path in (tmp_path / "folder").iterdir()] == ["tiny.json"]


def test_liberty_by_its_path_is_kept_by_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MACSMITH_CACHE", str(tmp_path / "cache"))
    path = write(tmp_path, library())
    first = load_technology(str(path))
    assert first.name == "tiny"
    monkeypatch.setattr("costmodel.liberty.reader.distil", None)  # it is not called again
    assert load_technology(str(path)) == first
    (entry,) = (tmp_path / "cache" / "technologies").iterdir()
    monkeypatch.undo()
    monkeypatch.setenv("MACSMITH_CACHE", str(tmp_path / "cache"))
    for damaged in (entry.read_text().replace("DFF", "DEF", 1), entry.read_text()[:-9], ""):
        entry.write_text(damaged)
        assert load_technology(str(path)) == first
    write(tmp_path, library(INV=gate("INV", "!A", area="0.5")))
    assert load_technology(str(path)).cells["INV"].area_um2 == 0.5
    rest = write(tmp_path, library(), "rest.lib").read_text().replace("(DFF)", "(DFF2)")
    header = rest[: rest.index("  cell (INV)")]
    write(tmp_path, header + FLOP.replace("(DFF)", "(DFF2)") + "}\n", "rest.lib")
    both = load_technology(f"{path},{tmp_path / 'rest.lib'}")
    assert {"DFF", "DFF2"} <= set(both.cells)


def test_unknown_names_are_refused() -> None:
    with pytest.raises(
        RequestError, match=r"no technology 'nangate'.*asap7.*did you mean nangate45"
    ):
        load_technology("nangate")
    with pytest.raises(RequestError, match=r"Liberty file none\.lib is not there"):
        load_technology("none.lib")
    with pytest.raises(RequestError, match=r"technology file none\.json is not there"):
        load_technology("none.json")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('"macsmith_technology": 1', '"macsmith_technology": 7', "of version 7"),
        ('"macsmith_technology": 1', '"something": 1', "no technology file"),
        ('"voltage_v"', '"volts"', "no technology file"),
        ("10,", '"x",', "no technology file"),
        ("10,", "", "its axes make it 12"),
        ("}", "", "no technology file"),
    ],
)
def test_broken_files_are_refused(
    old: str, new: str, reason: str, tiny: Technology, tmp_path: Path
) -> None:
    text = tiny.to_json()
    at = text.index(old, text.index('["A",') if old == "10," else 0)
    path = tmp_path / "broken.json"
    path.write_text(text[:at] + new + text[at + len(old) :])
    with pytest.raises(RequestError, match=rf"broken\.json.*{re.escape(reason)}"):
        load_technology(str(path))


def test_liberty_that_is_written_reads_the_same(tiny: Technology, tmp_path: Path) -> None:
    """All but energies and what was left out; as nothing is reduced twice."""
    text = to_liberty(tiny)
    again = distil("tiny", [write(tmp_path, text, "again.lib")])
    for name, cell in tiny.cells.items():
        other = again.cells[name]
        assert (other.area_um2, other.leakage_nw, other.flop) == (
            cell.area_um2,
            cell.leakage_nw,
            cell.flop,
        )
        assert bool(other.excluded) == bool(cell.excluded)
        for pin, output in cell.outputs.items():
            theirs = other.outputs[pin]
            assert theirs.function == output.function
            assert theirs.max_load_ff == output.max_load_ff
            assert [(a.input, a.sense) for a in theirs.arcs] == [
                (a.input, a.sense) for a in output.arcs
            ]
            for mine, their_arc in zip(output.arcs, theirs.arcs, strict=True):
                assert their_arc.rise_ps[-1][-1] == pytest.approx(mine.rise_ps[-1][-1], rel=1e-3)


@pytest.mark.parametrize("name", SHIPPED)
def test_liberty_that_is_written_parses(name: str) -> None:
    technology = load_technology(name)
    library = parse_liberty(to_liberty(technology))
    assert {str(group.args[0]) for group in library.get_groups("cell")} == set(technology.cells)


_PROVE = """
import sys
from pyosys import libyosys as yosys
for command in sys.stdin.read().splitlines():
    design = globals().setdefault("design", yosys.Design())
    yosys.Pass.call(design, command)
"""


@pytest.mark.parametrize("name", ["asap7", "sg13g2"])
def test_models_are_proved_equal_to_the_written_liberty(name: str, tmp_path: Path) -> None:
    """By SAT for logic, by induction for flip-flops: all cells of Yosys' reading and of ours."""
    technology = load_technology(name)
    (tmp_path / "own.lib").write_text(to_liberty(technology))
    (tmp_path / "models.v").write_text(cell_models(technology))
    commands = [f"read_liberty {tmp_path}/own.lib"]
    commands += [f"rename {cell} gold_{cell}" for cell in technology.cells]
    commands += [f"read_verilog {tmp_path}/models.v", "proc", "async2sync", "opt_clean"]
    for cell in technology.cells.values():
        induct = "-tempinduct -seq 1" if cell.flop else ""
        commands += [
            f"miter -equiv -flatten gold_{cell.name} {cell.name} miter_{cell.name}",
            f"sat -verify -prove trigger 0 {induct} miter_{cell.name}",
        ]
    done = subprocess.run(
        [sys.executable, "-c", _PROVE],
        input="\n".join(commands),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


@pytest.mark.parametrize("name", SHIPPED)
def test_models_pass_verilator(name: str, tmp_path: Path) -> None:
    models, file = cell_models(load_technology(name)), tmp_path / "models.v"
    options = ("--lint-only", "-Wall", "-Wno-DECLFILENAME", "-Wno-MULTITOP", "-Wno-UNUSEDSIGNAL")
    file.write_text(models)
    assert "Warning" not in verilator().call(*options, str(file))
    file.write_text(models.replace(" = ", " = unknown & ", 1))
    with pytest.raises(SimulatorError, match="unknown"):
        verilator().call(*options, str(file))


def test_models_name_clashes(tiny: Technology) -> None:
    """A pin that is called as the register would be."""
    cell = tiny.cells["DFF"]
    assert cell.flop is not None
    pins = {("state" if pin == "D" else pin): pin_input for pin, pin_input in cell.inputs.items()}
    renamed = dataclasses.replace(
        cell, inputs=pins, flop=dataclasses.replace(cell.flop, data="state")
    )
    models = cell_models(dataclasses.replace(tiny, cells={"DFF": renamed}))
    assert "reg state_;" in models
    assert "state_ <= ~state;" in models
    assert "assign QN = ~state_;" in models


def test_a_file_appears_whole_or_not_at_all(
    tiny: Technology, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(RequestError, match=r"cannot write .*: No space left"):
        write_technology(tiny, tmp_path / "out" / "tiny.json")
    assert not (tmp_path / "out").exists()


def test_json_is_a_line_an_arc(tiny: Technology) -> None:
    text = tiny.to_json()
    assert json.loads(text)["cells"]["INV"]["area_um2"] == 1
    lines = [line for line in text.splitlines() if line.lstrip().startswith('["')]
    arcs = [arc for c in tiny.cells.values() for o in c.outputs.values() for arc in o.arcs]
    assert len(lines) == len(arcs)
