"""Tables of the pages are those of the data: `python -m studies.make` writes them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from macsmith.design import committed_designs
from studies import (
    accuracy,
    costs,
    engine_costs,
    fma_tables,
    formats,
    int_or_float_page,
    model_tables,
    outside,
    pages,
    paper_findings,
    simd_costs,
    styles,
    unit_costs,
    unit_tables,
)
from studies.blocks import ROOT


@pytest.mark.parametrize(
    "module",
    [
        accuracy,
        costs,
        engine_costs,
        fma_tables,
        formats,
        int_or_float_page,
        model_tables,
        outside,
        simd_costs,
        styles,
        unit_tables,
    ],
    ids=lambda module: module.__name__.removeprefix("studies."),
)
def test_tables_are_current(module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    made: dict[Path, Mapping[str, str]] = {}

    def noted(page: Path, tables: Mapping[str, str]) -> Path:
        made[page] = tables
        return page

    monkeypatch.setattr(pages, "write_tables", noted)
    module.write_tables()
    assert made
    for page, tables in made.items():
        text = page.read_text(encoding="utf-8")
        assert pages.with_tables(text, tables) == text


def test_paper_findings_are_current() -> None:
    assert paper_findings.page_text() == paper_findings.PAGE.read_text(encoding="utf-8")


def test_readme_states_the_tile_of_the_sweep() -> None:
    (row,) = (row for row in costs.measured_sweep() if row["design"] == "mu2-int8-24x32")
    area, lane = float(row["area_um2"]), float(row["area_um2_per_operation"])
    words = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    assert f"takes {area / 1000:.1f}k µm², {lane:.1f} a weight a cycle" in words


def test_requests_for_the_tables_are_those_that_were_measured() -> None:
    """`python -m studies.unit_costs` measures anew; each is of a committed design."""
    rows: list[dict[str, Any]] = unit_tables.measured()
    measured = {(row["page"], row["row"]): row.get("request") for row in rows}
    wanted = {
        (page, label): request
        for page, requests in unit_costs.REQUESTS.items()
        for label, request in requests.items()
    }
    inside = {(page, label) for page, labels in unit_costs.circuits().items() for label in labels}
    assert measured == wanted | dict.fromkeys(inside)
    assert {request.split()[0] for request in wanted.values()} <= set(committed_designs())
    for row in rows:
        assert row["area_um2"] > 0
        assert len(row["flow"]["flow"]) == 16


def test_a_sentence_that_no_longer_holds_is_an_error() -> None:
    with pytest.raises(ValueError, match="a page says that 2 is less than 1"):
        unit_tables.percent_less(2, 1)


def test_published_designs_are_never_larger_than_by_a_plain_script() -> None:
    """Both netlists keep the cells' limits; see docs/own_verilog.md."""
    rows = [row for row in outside.measured() if not row["refusal"]]
    quick = [row for row in rows if ", by " in row["read"]]
    assert len(rows) - len(quick) == 13
    assert quick
    for row in rows:
        assert float(row["area_um2"]) <= float(row["plain_kept_area_um2"]), row["name"]
