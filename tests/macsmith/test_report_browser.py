"""The report in a browser: it hovers, filters, sorts and clicks, at the width of desk and phone."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, Position, sync_playwright

from costmodel.explore.results_folder import read_results
from macsmith.design import load_design
from macsmith.explored_design import configuration_of
from macsmith.report import write_report
from tests import explored
from tests.macsmith.program import Program

_CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

pytestmark = pytest.mark.skipif(
    _CHROMIUM is None,
    reason="the report was not opened in a browser: there is no chromium (apt install chromium)",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = explored.write_results(tmp_path_factory.mktemp("explored"))
    write_report(folder, folder / "report.html")
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def complaints() -> list[str]:
    """What the browser said in its console, and what failed to load."""
    return []


@pytest.fixture(params=[1280, 390])
def page(
    browser: Browser, folder: Path, complaints: list[str], request: pytest.FixtureRequest
) -> Iterator[Page]:
    page = browser.new_page(
        viewport={"width": request.param, "height": 900}, reduced_motion="reduce"
    )
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda asked: _note(asked.url, complaints))
    page.goto(f"file://{folder}/report.html")
    yield page
    assert complaints == []
    page.close()


def _note(url: str, complaints: list[str]) -> None:
    if not url.startswith(("file:", "data:", "blob:")):
        complaints.append(f"asked for {url}")


def _place(page: Page, row: int) -> Position:
    """Where a design of the front is in the chart: keys go to it, a ring shows it."""
    page.focus("#chart")
    for _ in range(row + 1):
        page.keyboard.press("ArrowRight")
    ring = page.locator("#hover")
    x, y = (float(ring.get_attribute(name) or "nan") for name in ("cx", "cy"))
    page.keyboard.press("Escape")
    return {"x": x, "y": y}


def test_no_sideways_scrolling(page: Page) -> None:
    wide = page.evaluate("document.documentElement.scrollWidth")
    viewport = page.viewport_size
    assert viewport
    assert wide <= viewport["width"]
    page.locator("#table .pick, #rows tbody button").first.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    for text in page.locator("#chart text").all():
        box, chart = text.bounding_box(), page.locator("#chart").bounding_box()
        assert box
        assert chart
        assert chart["x"] - 1 <= box["x"]
        assert box["x"] + box["width"] <= chart["x"] + chart["width"] + 1


def test_hover_tells_a_design(page: Page, folder: Path) -> None:
    front = read_results(folder).fronts
    assert page.locator("#tip").is_hidden()
    page.locator("#chart").hover(position=_place(page, 0))
    tip = page.locator("#tip")
    assert tip.is_visible()
    words = tip.inner_text()
    assert f"area: {front['area_um2'].min():,.0f} µm² ±\u00a02.4\u00a0%" in words
    assert "throughput: " in words
    assert "energy: " in words
    page.locator("h2").first.hover()
    assert tip.is_hidden()


def test_click_shows_the_configuration_and_commands_that_run(
    page: Page, folder: Path, tmp_path: Path
) -> None:
    front = read_results(folder).fronts
    order = np.argsort(front["area_um2"])
    page.locator("#chart").click(position=_place(page, 4))
    number = int(page.url.rpartition("#point-")[2])
    row = int(np.flatnonzero(front["number"] == number)[0])
    assert row in order[:8]
    panel = page.locator("#chosen").inner_text()
    for part in ("Where the area goes", "Where the energy goes", "accumulate"):
        assert part in panel
    point = {name: values[row].item() for name, values in front.items()}
    wanted = configuration_of(point)
    commands = [command.text_content() or "" for command in page.locator(".command").all()]
    assert [command.split()[1] for command in commands] == ["generate", "simulate", "synthesize"]
    assert f"--technology {point['technology']}" in commands[2]
    for command in commands:
        words = shlex.split(command)
        settings = [words[i + 1] for i, word in enumerate(words) if word == "--set"]
        assert load_design(words[2], settings).configuration == wanted
    path = tmp_path / "mine.toml"
    path.write_text(page.locator(".design").text_content() or "", encoding="utf-8")
    core = load_design(str(path)).configuration
    assert core == wanted
    for name in ("group", "luts", "columns", "table_register", "reduce_register"):
        assert getattr(core, name) == point[name]
    saved = page.locator(".save")
    assert saved.get_attribute("download") == f"point-{number}.toml"


def test_a_command_of_the_page_generates(
    page: Page, macsmith: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    page.locator(".pick").first.click()
    words = shlex.split(page.locator(".command").first.text_content() or "")
    ended = macsmith(*words[1:])
    assert ended.status == 0, ended.err
    assert sorted(path.suffix for path in (tmp_path / "build").iterdir()) == [
        ".core",
        ".json",
        ".v",
    ]


def test_filters_act_on_chart_and_table(page: Page, folder: Path) -> None:
    front = read_results(folder).fronts
    size = len(front["unit"])
    count = page.locator("#count")
    assert count.inner_text() == f"{size} of {size} designs shown"
    page.evaluate("document.getElementById('filter-box').open = true")
    page.locator('input[name="group"][value="2"]').uncheck()
    left = int(np.count_nonzero(front["group"] != 2))
    assert 0 < left < size
    assert count.inner_text() == f"{left} of {size} designs shown"
    shown = page.locator("#rows tbody tr").all_inner_texts()
    viewport = page.viewport_size
    assert viewport
    assert len(shown) == min(25 if viewport["width"] > 600 else 10, left)
    assert not any("µ = 2" in line for line in shown)
    largest = float(np.median(front["area_um2"]))
    page.get_by_label("area (µm²) to").fill(str(largest))
    left = int(np.count_nonzero((front["group"] != 2) & (front["area_um2"] <= largest)))
    assert count.inner_text() == f"{left} of {size} designs shown"
    page.locator("#reset").click()
    assert count.inner_text() == f"{size} of {size} designs shown"


def test_filters_that_leave_nothing(page: Page) -> None:
    page.evaluate("document.getElementById('filter-box').open = true")
    page.get_by_label("area (µm²) to").fill("0")
    assert page.locator("#count").inner_text().startswith("0 of")
    assert page.locator("#rows tbody tr").count() == 0


def test_table_sorts_and_grows(page: Page, folder: Path) -> None:
    front = read_results(folder).fronts
    page.get_by_role("button", name="throughput").click()
    head = page.locator("#rows th", has=page.get_by_role("button", name="throughput"))
    assert head.get_attribute("aria-sort") == "descending"
    place = page.locator("#rows thead th").all_inner_texts().index(head.inner_text())
    cell = page.locator(f"#rows tbody tr:first-child > :nth-child({place + 1})")
    assert float(cell.inner_text().replace(",", "")) == pytest.approx(
        front["throughput_gops"].max(), rel=5e-3
    )
    page.get_by_role("button", name="throughput").click()
    assert head.get_attribute("aria-sort") == "ascending"
    page.locator("#more").click()
    assert page.locator("#rows tbody tr").count() == len(front["unit"])
    assert page.locator("#more").is_hidden()


def test_axes_change_and_keys_reach_every_design(page: Page, folder: Path) -> None:
    size = len(read_results(folder).fronts["unit"])
    page.select_option("#x", "throughput_gops")
    page.select_option("#by", "group")
    assert "throughput" in page.locator("#chart").inner_html()
    assert "published parameters" in page.locator("#legend").inner_text()
    assert {"Platinum", "TENET"} <= set(page.locator("#chart text").all_text_contents())
    page.focus("#chart")
    seen = set()
    for _ in range(size + 3):
        page.keyboard.press("ArrowRight")
        seen.add(page.locator("#spoken").text_content())
    assert len(seen) == size
    page.keyboard.press("Enter")
    assert page.locator("#chosen .command").count() == 3


def test_a_link_opens_a_design(page: Page, folder: Path) -> None:
    number = read_results(folder).fronts["number"][9]
    page.goto("about:blank")
    page.goto(f"file://{folder}/report.html#point-{number}")
    assert f"point {number}" in page.locator("#chosen").inner_text()


def test_the_table_can_be_read_at_any_width(page: Page) -> None:
    """On a phone nothing of it is cut off: each design is a card whose values have names."""
    viewport = page.viewport_size
    assert viewport
    cells = page.locator("#rows tbody tr:first-child td:visible").all()
    assert len(cells) >= 4
    for cell in cells:
        box = cell.bounding_box()
        assert box
        assert box["x"] + box["width"] <= viewport["width"]
        named = cell.evaluate("cell => getComputedStyle(cell, '::before').content")
        assert (named != "none") == (viewport["width"] < 600)


def test_texts_of_ticks_are_apart(page: Page) -> None:
    for x in ("area_um2", "throughput_gops"):
        page.select_option("#x", x)
        boxes = [
            text.bounding_box()
            for text in page.locator('#chart text[text-anchor="middle"]').all()
            if (text.text_content() or "").replace(",", "").replace(".", "").isdigit()
        ]
        for one, other in pairwise(boxes):
            assert one
            assert other
            assert one["x"] + one["width"] < other["x"]


def test_legend_names_all_colours(page: Page) -> None:
    page.select_option("#by", "technology")
    assert page.locator("#legend").inner_text().split("\n") == [
        "asap7",
        "nangate45",
        "published parameters",
        "other designs",
    ]
    assert page.locator("#chart .steps").count() == 2  # a front each
