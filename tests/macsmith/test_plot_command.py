"""The plot command draws every kind, and says what is wrong in a sentence."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from costmodel import plots
from macsmith.plot import KINDS
from tests import explored
from tests.macsmith.program import Program


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return explored.write_results(tmp_path_factory.mktemp("explored"))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind(macsmith: Program, folder: Path, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.svg"
    ended = macsmith("plot", kind, folder, "-o", path, "--half", "--json")
    assert ended.status == 0, ended.err
    assert json.loads(ended.out)["kind"] == kind
    text = path.read_text(encoding="utf-8")
    assert text.startswith("<?xml")
    assert 'width="252pt"' in text  # 3.5 inches
    assert [path.name for path in tmp_path.iterdir()] == ["a.svg"]


def test_published_designs_are_marked(
    macsmith: Program, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marked: list[list[str]] = []
    draw = plots.front

    def spy(*arguments: Any, published: Any, **options: Any) -> None:
        marked.append(published["label"].tolist())
        draw(*arguments, published=published, **options)

    monkeypatch.setattr(plots, "front", spy)
    for more in ((), ("-t", "nangate45")):
        assert macsmith("plot", "front", folder, "-o", tmp_path / "a.png", *more).status == 0
    assert marked == [["Platinum, nangate45", "TENET, nangate45"], ["Platinum", "TENET"]]


def test_an_objective_decides_what_is_best(
    macsmith: Program, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the leakage, say, that is to be large here, in every picture."""
    turned = shutil.copytree(folder, tmp_path / "turned")
    about = json.loads((turned / "front.json").read_text(encoding="utf-8"))
    about["objectives"][0] = {"expression": "leakage_uw", "goal": "maximize"}
    (turned / "front.json").write_text(json.dumps(about), encoding="utf-8")
    seen: dict[str, tuple[bool, bool]] = {}

    def spy(name: str, draw: Any) -> Any:
        def drawn(*arguments: Any, **options: Any) -> None:
            rising = options["y_rises" if name == "front" else "rises"]
            seen[name] = (rising, options.get("x_rises", False))
            draw(*arguments, **options)

        return drawn

    for name in ("front", "heat_map", "sensitivity"):
        monkeypatch.setattr(plots, name, spy(name, getattr(plots, name)))
    for results, rises in ((folder, False), (turned, True)):
        for kind, wish in (
            ("front", ("--y", "leakage_uw")),
            ("heat-map", ("--value", "leakage_uw")),
            ("sensitivity", ("--value", "leakage_uw")),
        ):
            ended = macsmith("plot", kind, results, "-o", tmp_path / "a.png", *wish)
            assert ended.status == 0, ended.err
        assert seen == dict.fromkeys(("front", "heat_map", "sensitivity"), (rises, False))


def test_options(macsmith: Program, folder: Path, tmp_path: Path) -> None:
    for arguments in (
        ("front", "--x", "throughput_gops", "--y", "delay_ps", "--by", "group"),
        ("breakdown", "--value", "energy_fj_per_operation", "-t", "asap7"),
        ("breakdown", "--point", "3"),
        ("heat-map", "--value", "throughput_gops", "--x", "luts", "--y", "columns"),
        ("parity", "--value", "delay_ps", "--by", "unit"),
        ("sensitivity", "--value", "throughput_gops", "--point", "5"),
        ("roofline", "-w", "bitnet-0.7b", "--batch", "16", "--bandwidth", "10"),
    ):
        path = tmp_path / "b.png"
        ended = macsmith("plot", arguments[0], folder, *arguments[1:], "-o", path)
        assert ended == (0, f"wrote {path}\n", ""), arguments
        assert path.read_bytes().startswith(b"\x89PNG")


def test_wrong_requests_are_a_sentence(
    macsmith: Program, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    bare = tmp_path / "bare"
    shutil.copytree(folder, bare)
    (bare / "verify.csv").unlink()
    for arguments, words in (
        (("heatmap", folder), "there is no picture 'heatmap'; did you mean 'heat-map'?"),
        (("front", tmp_path), "holds no results of macsmith explore"),
        (("front", folder, "--x", "area"), "there is no column 'area'"),
        (("front", folder, "-t", "sky130hd"), "it must be one of asap7"),
        (("heat-map", folder, "--y", "mu"), "there is no column 'mu'"),
        (("breakdown", folder, "--value", "delay_ps"), "there are no parts of delay_ps"),
        (("breakdown", folder, "--point", "999"), "--point 999 is not on the front"),
        (("sensitivity", folder, "--value", "cost"), "there is no column 'cost'"),
        (("parity", folder, "--value", "leakage_uw"), "has no column leakage_uw_estimated"),
        (("parity", bare), "has no synthesized designs"),
        (("roofline", folder, "-w", "gpt"), "gpt"),
        (("front", folder, "-o", "a.pdf"), "must end in .svg or .png"),
    ):
        ended = macsmith("plot", *arguments)
        assert ended.status == 2, arguments
        assert words in ended.err
        assert ended.err.startswith("macsmith: ")
        assert ended.err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["bare"]
