"""Tables of measured designs: read as they were written, and refused in a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from costmodel.family import basis_of_family
from costmodel.flow.timing import Delays
from costmodel.model.regressions import regression_of
from costmodel.model.rows import read_rows, write_rows
from costmodel.ternary.basis import BASIS
from hw.errors import RequestError
from hw.families import FAMILIES
from tests.costmodel.measured_designs import CALIBRATION, planted, with_figures


def test_round_trip(tmp_path: Path) -> None:
    rows = with_figures(*planted())[::7]
    path = tmp_path / "rows.csv"
    write_rows(rows, path, BASIS)
    read_back = read_rows(path, BASIS)
    assert len(read_back) == len(rows)
    for one, other in zip(read_back, rows, strict=True):
        for name in ("set", "style", "unit", "luts", "inputs", "accumulator_bits"):
            assert one[name] == other[name]
        assert one["table_register"] == other["table_register"]
        assert one["area_um2"] == pytest.approx(other["area_um2"], rel=1e-6)
        assert one["delays_ps"].keys() == other["delays_ps"].keys()
        for name, ps in other["delays_ps"].items():
            assert one["delays_ps"][name] == (ps if ps is None else pytest.approx(ps, rel=1e-6))
        for field in ("area_parts", "energy_parts"):
            quantities = {name: value for name, value in other[field].items() if value}
            quantities = {name or "core": value for name, value in quantities.items()}
            assert one[field] == pytest.approx(quantities, rel=1e-6)
    write_rows(read_back, tmp_path / "again.csv", BASIS)
    assert (tmp_path / "again.csv").read_bytes() == path.read_bytes()
    assert len(list(tmp_path.iterdir())) == 2  # nothing half-written


@pytest.mark.parametrize("family", FAMILIES)
def test_the_module_without_a_name_comes_back(family: str, tmp_path: Path) -> None:
    """It is written as ``core``, and a fit finds the regression that it belongs to."""
    basis = basis_of_family(family)
    unit, which = next(iter(basis.plan()))
    row = basis.row_of(unit) | {"set": which, "area_parts": {"": 2.0}, "energy_parts": {"": 3.0}}
    row |= {"area_um2": 2.0, "leakage_uw": 1.0, "energy_fj_per_cycle": 3.0}
    row["delays_ps"] = dict.fromkeys(Delays.__dataclass_fields__, 1.0)
    write_rows([row], tmp_path / "rows.csv", basis)
    (read_back,) = read_rows(tmp_path / "rows.csv", basis)
    (module,) = read_back["area_parts"]
    assert regression_of(basis.regressions, module) == regression_of(basis.regressions, "")


def test_each_column_once(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    write_rows(with_figures(*planted())[:3], path, BASIS)
    header = path.read_text().splitlines()[0].split(",")
    assert len(header) == len(set(header))


@pytest.mark.parametrize("path", sorted(CALIBRATION.glob("*.csv")), ids=lambda path: path.stem)
def test_parts_of_measured_designs_add_up(path: Path) -> None:
    for row in read_rows(path, BASIS):
        assert sum(row["area_parts"].values()) == pytest.approx(row["area_um2"], rel=1e-5)
        if "clock_ps" not in row:
            energy = sum(row["energy_parts"].values())
            assert energy == pytest.approx(row["energy_fj_per_cycle"], rel=1e-5)
        assert max(ps or 0 for ps in row["delays_ps"].values()) > 0


def test_only_what_has_a_default_may_be_left_empty(tmp_path: Path) -> None:
    header, first, *_ = (CALIBRATION / "sg13g2.csv").read_text().splitlines()
    names, cells = header.split(","), first.split(",")
    for name in BASIS.parameters:
        emptied = ["" if key == name else cell for key, cell in zip(names, cells, strict=True)]
        path = tmp_path / "rows.csv"
        path.write_text(f"{header}\n{','.join(emptied)}\n")
        if name in BASIS.defaults:
            assert read_rows(path, BASIS)[0][name] == BASIS.defaults[name]
        else:
            with pytest.raises(RequestError, match=f"a design has no {name}"):
                read_rows(path, BASIS)
    required = {"unit", "group", "luts", "columns", "activation", "inputs"}
    assert BASIS.parameters.keys() - BASIS.defaults.keys() == required


@pytest.mark.parametrize("damage", ["header", "a word for a number", "cut off", "semicolons"])
def test_damaged_table(damage: str, tmp_path: Path) -> None:
    text = (CALIBRATION / "sg13g2.csv").read_text()
    match damage:
        case "header":
            text = text.replace("inputs", "input", 1)
        case "a word for a number":
            text = text.replace(",0,0,", ",none,0,", 1)
        case "cut off":
            text = text[:-9]
        case _:
            text = text.replace(",", ";")
    path = tmp_path / "rows.csv"
    path.write_text(text)
    with pytest.raises(
        RequestError, match=r"rows\.csv is no table of measured designs"
    ) as error_info:
        read_rows(path, BASIS)
    assert "\n" not in str(error_info.value)


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="the measurement file"):
        read_rows(tmp_path / "rows.csv", BASIS)
    with pytest.raises(RequestError, match="cannot write"):
        write_rows(with_figures(*planted())[:1], tmp_path / "nowhere" / "rows.csv", BASIS)
