"""Models in files: kept to the last digit, and refused in a sentence."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from costmodel.model.model import FIGURES, load_model, save_model, shipped_models, some_models
from costmodel.ternary.experiment import KINDS, STYLES
from costmodel.ternary.kinds import energy_kind
from costmodel.ternary.regressions import REGRESSIONS
from hw.errors import RequestError


def test_shipped() -> None:
    assert shipped_models("ternary") == ["asap7", "nangate45", "sg13g2", "sky130hd"]
    for technology in shipped_models("ternary"):
        model = load_model(technology, "ternary")
        assert model.technology == technology
        assert set(model.accuracy) == set(model.region) == set(KINDS)
        assert set(model.energy) == {energy_kind(style) for style in STYLES}
        for prices in (model.area, model.leakage, model.delay, *model.energy.values()):
            assert prices
            assert min(prices.values()) > 0  # nothing in a circuit has a negative cost
        assert {name.partition(".")[0] for name in model.area} == set(REGRESSIONS)
        for figures in model.accuracy.values():
            assert set(figures) == set(FIGURES)
            assert min(errors.points for errors in figures.values()) > 0


def test_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    model = load_model("asap7", "ternary")
    save_model(model, path)
    assert load_model(path, "ternary") == model
    assert [path.name for path in tmp_path.iterdir()] == ["mine.json"]  # nothing half-written
    assert path.stat().st_mode & 0o777 == 0o644


def test_unknown_name() -> None:
    with pytest.raises(
        RequestError, match=r"no cost model of 'sky131' for the ternary family: it must be asap7, "
    ):
        load_model("sky131", "ternary")
    with pytest.raises(RequestError, match=r"calibrate --technology"):
        load_model(Path("nowhere/model.json"), "ternary")


@pytest.mark.parametrize("damage", ["not JSON", "a list", "no region", "a strange field", "binary"])
def test_damaged_file(damage: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    save_model(load_model("asap7", "ternary"), path)
    held = json.loads(path.read_text())
    match damage:
        case "not JSON":
            path.write_text(path.read_text()[:-20])
        case "a list":
            path.write_text("[1, 2]")
        case "no region":
            del held["region"]
            path.write_text(json.dumps(held))
        case "a strange field":
            path.write_text(json.dumps(held | {"colour": "red"}))
        case _:
            path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(
        RequestError, match=r"mine\.json is no cost model of this version"
    ) as error_info:
        load_model(path, "ternary")
    assert "\n" not in str(error_info.value)


@pytest.mark.parametrize(
    ("place", "value", "sentence"),
    [
        (("leakage",), {"colour": 1}, "leakage has an unknown colour"),
        (("delay",), {"colour": 1}, "delay has an unknown colour"),
        (("delay",), {}, "nothing in delay is above 0"),
        (("clocks", "designs", "fit"), "three", r"clocks\.designs\.fit = 'three'"),
        (("clocks", "ways", "*", "fastest", "gains"), {"colour": 1}, "gains has an unknown colour"),
        (("clocks", "ways", "*", "smallest", "gains"), {}, r"nothing in clocks\..* is above 0"),
        (("clocks", "ways", "*", "fastest", "prices"), {"colour": 1}, "an unknown colour"),
    ],
)
def test_what_no_model_has(
    place: tuple[str, ...], value: object, sentence: str, tmp_path: Path
) -> None:
    """Each of them once ended in an error that no sentence was written for."""
    held = json.loads(json.dumps(asdict(load_model("nangate45", "ternary"))))
    table = held
    for name in place[:-1]:
        table = table[next(iter(table)) if name == "*" else name]
    table[place[-1]] = value
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(held))
    with pytest.raises(RequestError, match=sentence):
        load_model(path, "ternary")


def test_unwritable(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="cannot write"):
        save_model(load_model("asap7", "ternary"), tmp_path / "nowhere" / "mine.json")


def test_a_family_without_models(monkeypatch: pytest.MonkeyPatch) -> None:
    assert some_models("ternary") == shipped_models("ternary")
    monkeypatch.setattr("costmodel.model.model.shipped_models", lambda _family: [])
    with pytest.raises(RequestError, match="no cost model of the ternary family comes along"):
        some_models("ternary")
    with pytest.raises(RequestError, match="macsmith calibrate --family ternary"):
        load_model("sky65", "ternary")
