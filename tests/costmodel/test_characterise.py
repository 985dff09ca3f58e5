"""Designs mapped and put to work: parts that add up, kept for the next time."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from costmodel.flow.measure import Failure
from costmodel.model import characterise as module
from costmodel.model.calibrate import measure
from costmodel.model.characterise import characterise, characterise_all
from costmodel.model.regressions import regression_of
from costmodel.technologies import load_technology
from costmodel.ternary.basis import BASIS
from costmodel.ternary.inventory import valid
from costmodel.ternary.regressions import REGRESSIONS
from costmodel.work.worker import Limits
from hw.errors import RequestError
from hw.formats import Integer
from hw.ternary import TernaryLut, Workload


def _core(**changes: Any) -> TernaryLut:
    settings: dict[str, Any] = {
        "group": 2,
        "luts": 3,
        "columns": 3,
        "activation": Integer.parse("int4"),
        "workload": Workload(inputs=24, outputs=8),
    }
    return TernaryLut(**settings | changes)


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, for this test and the processes it starts."""
    monkeypatch.setenv("MACSMITH_CACHE", str(tmp_path))
    return tmp_path


def test_parts_are_the_whole_and_are_kept(own_cache: Path) -> None:
    technology = load_technology("nangate45")
    measured = characterise(_core(), technology)
    assert sum(measured["area_parts"].values()) == pytest.approx(measured["area_um2"])
    assert sum(measured["energy_parts"].values()) == pytest.approx(measured["energy_fj_per_cycle"])
    assert {regression_of(REGRESSIONS, name) for name in measured["area_parts"]} >= {
        "table",
        "select",
        "column",
    }
    assert measured["area_um2"] > 100
    assert measured["leakage_uw"] > 0
    assert max(ps or 0 for ps in measured["delays_ps"].values()) > 100
    (kept,) = (own_cache / "characterisation").iterdir()
    written = kept.stat().st_mtime_ns
    started = time.perf_counter()
    assert characterise(_core(), technology) == measured
    assert time.perf_counter() - started < 20
    assert kept.stat().st_mtime_ns == written  # read, not measured again


def test_failures_are_told_and_the_rest_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def instead(configuration: TernaryLut, _technology: object) -> dict[str, Any]:
        if configuration.columns == 4:
            raise RequestError("four is too many")
        return {"columns": configuration.columns}

    monkeypatch.setattr(module, "characterise", instead)
    technology = load_technology("nangate45")
    points = [(_core(columns=n), technology) for n in (3, 4, 5)]
    characterised = dict(characterise_all(points, jobs=2))
    assert characterised == {0: {"columns": 3}, 1: Failure("four is too many"), 2: {"columns": 5}}
    assert dict(characterise_all(points, jobs=2, deadline=time.monotonic())) == {}


def test_limits() -> None:
    """On a design that no test has measured."""
    with pytest.raises(RequestError, match="ternary_lut on nangate45"):
        characterise(_core(columns=31), load_technology("nangate45"), limits=Limits(6.0, 0.05))


def test_campaign_is_in_the_order_of_the_experiment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is finished first; a failed design leaves no row."""

    def instead(points: Any, **_: Any) -> Any:
        first = [point for point, _ in zip(points, range(6), strict=False)]
        for number in (3, 0, 5, 1):
            yield number, {"columns_measured": first[number][0].columns}
        yield 4, Failure("too large")

    def at_clocks(points: Any, **_: Any) -> Any:
        del points
        yield 1, [{"clock_ps": 900.0}, {"clock_ps": 700.0}]
        yield 0, Failure("too slow")

    monkeypatch.setattr("costmodel.model.calibrate.characterise_all", instead)
    monkeypatch.setattr("costmodel.model.calibrate.characterise_clocked_all", at_clocks)
    counts = []
    campaign = measure(
        load_technology("nangate45"),
        BASIS,
        1.0,
        progress=lambda outcome: counts.append(len(outcome.rows)),
    )
    assert counts == [1, 2, 3, 4, 4, 4, 4]
    assert campaign.failures == ["too large", "too slow"]
    assert [row["clock_ps"] for row in campaign.clocked] == [900.0, 700.0]
    assert [row["columns_measured"] for row in campaign.rows] == [
        row["columns"] for row in campaign.rows
    ]
    assert {row["set"] for row in campaign.rows} == {"fit"}
    assert valid(BASIS.columns_of_rows(campaign.rows)).all()
    assert campaign.planned > 1000
