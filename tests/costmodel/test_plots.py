"""The pictures show what the data say, in colour and in black and white, the same each time."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb

from costmodel import plots
from costmodel.plots.front import front_of
from costmodel.ternary.vocabulary import VOCABULARY
from hw import ternary
from hw.errors import RequestError
from tests import explored

TABLE = explored.select(explored.points(), explored.points()["technology"] == "asap7")
PART_BARS = {"a": {"table": 3.0, "select": 1.0}, "b": {"select": 2.0, "strange": 0.5}}
CHANGES = [
    plots.Change("group", 3, 2, 25.0),
    plots.Change("group", 3, 4, -2.0),
    plots.Change("table_register", False, True, 9.0),
]
RUNS = [plots.Run("slow", 10.0, 1e9, 1e8, 0.2), plots.Run("fast", 1000.0, 1e9, 1e9, 0.001)]


def _texts(axes: Axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


def _luminance(colour: str) -> float:
    return float(np.dot((0.299, 0.587, 0.114), to_rgb(colour)))


def test_front_is_that_of_all_pairs() -> None:
    random = np.random.default_rng(0)
    for _ in range(20):
        x, y = random.integers(0, 12, (2, 40)).astype(float)
        y[3] = np.nan
        for x_rises, y_rises in ((False, False), (True, False), (False, True), (True, True)):
            u, v = (-x if x_rises else x), (-y if y_rises else y)
            beaten = np.array(
                [np.isnan(b) or bool(np.any((u <= a) & (v <= b) & ((u < a) | (v < b))))
                 for a, b in zip(u, v, strict=True)]
            )  # fmt: skip
            front = front_of(x, y, x_rises=x_rises, y_rises=y_rises)
            assert {(x[i], y[i]) for i in front} == {
                (a, b) for a, b, c in zip(x, y, beaten, strict=True) if not c
            }
            assert (np.diff(x[front]) > 0).all()


def test_front_marks_published_designs() -> None:
    published = explored.select(TABLE, np.array([3, 90])) | {"label": np.array(["TENET", "Five"])}
    with plots.counting(TABLE["unit"]), plots.print_style():
        figure, axes = plots.one_axes(plots.HALF_PAGE)
        plots.front(axes, TABLE, published=published)
        figure.draw_without_rendering()
    assert _texts(axes) == ["TENET", "Five"]
    one, two = (text.get_window_extent() for text in axes.texts)
    assert not one.overlaps(two)
    assert axes.get_xlabel() == "area (µm²)"
    assert axes.get_ylabel() == "energy (fJ a weight)"
    line = np.asarray(axes.lines[0].get_xydata())
    assert line[0, 0] == TABLE["area_um2"].min()
    assert line[-1, 1] == TABLE["energy_fj_per_operation"].min()


def test_breakdown_sums_to_the_whole() -> None:
    _, axes = plots.one_axes()
    plots.breakdown(axes, PART_BARS, "area_um2")
    assert _texts(axes) == ["4.00", "2.50"]
    first = [patch for patch in axes.patches if abs(patch.get_y() + 0.3) < 0.01]  # type: ignore[attr-defined]
    assert sum(patch.get_width() for patch in first) == 4.0  # type: ignore[attr-defined]
    legend = axes.get_legend()
    assert legend
    assert [text.get_text() for text in legend.get_texts()] == ["table", "select", "strange"]


def test_neighbouring_parts_differ_in_print() -> None:
    """Without colour: by lightness, or by hatch."""
    styles = list(plots.part_styles().values())
    for (one, hatch), (two, other) in pairwise(styles):
        assert hatch != other or abs(_luminance(one) - _luminance(two)) > 0.1


def test_every_part_has_a_colour() -> None:
    assert set(ternary.PARTS.values()) == VOCABULARY.parts.keys() <= plots.part_styles().keys()


def test_heat_map_has_the_best_of_each_pair() -> None:
    _, axes = plots.one_axes(plots.PAGE)
    plots.heat_map(axes, TABLE, value="throughput_gops", x="columns", y="group", rises=True)
    cell = (TABLE["columns"] == 8) & (TABLE["group"] == 2)
    shown = _texts(axes)
    assert shown[1 * 5 + 1] == f"{TABLE['throughput_gops'][cell].max():.0f}"
    frame = axes.patches[-1]
    best = TABLE["throughput_gops"].argmax()
    groups, columns = np.unique(TABLE["group"]), np.unique(TABLE["columns"])
    assert frame.get_xy() == (  # type: ignore[attr-defined]
        list(columns).index(TABLE["columns"][best]),
        list(groups).index(TABLE["group"][best]),
    )


def test_heat_map_frames_the_least_of_a_cost_and_the_most_of_what_rises() -> None:
    """Whatever the figure is called."""
    table = {**TABLE, "tokens_per_second": TABLE["area_um2"]}
    groups, columns = np.unique(TABLE["group"]), np.unique(TABLE["columns"])
    for rises, best in ((True, TABLE["area_um2"].argmax()), (False, TABLE["area_um2"].argmin())):
        _, axes = plots.one_axes(plots.PAGE)
        plots.heat_map(axes, table, value="tokens_per_second", x="columns", y="group", rises=rises)
        assert axes.patches[-1].get_xy() == (  # type: ignore[attr-defined]
            list(columns).index(TABLE["columns"][best]),
            list(groups).index(TABLE["group"][best]),
        )


def test_heat_map_leaves_out_what_no_design_has() -> None:
    _, axes = plots.one_axes(plots.PAGE)
    thin = explored.select(TABLE, (TABLE["columns"] != 8) | (TABLE["group"] != 2))
    plots.heat_map(axes, thin, value="energy_fj_per_operation", x="columns", y="group", rises=False)
    assert _texts(axes)[1 * 5 + 1] == "·"


def test_heat_map_frames_no_design_that_breaks_a_constraint() -> None:
    """Only allowed designs count; pairs without one are crossed out."""
    best = TABLE["throughput_gops"].argmax()
    pair = [TABLE[name] == TABLE[name][best] for name in ("columns", "group")]
    table = {**TABLE, "feasible": ~(pair[0] & pair[1])}
    _, axes = plots.one_axes(plots.PAGE)
    plots.heat_map(axes, table, value="throughput_gops", x="columns", y="group", rises=True)
    groups, columns = (np.unique(TABLE[name]) for name in ("group", "columns"))
    place = [
        list(values).index(TABLE[name][best])
        for name, values in (("columns", columns), ("group", groups))
    ]
    (crossed,) = [text for text in axes.texts if text.get_text() == "x"]
    assert crossed.get_position() == (place[0] + 0.5, place[1] + 0.5)
    left = np.where(table["feasible"], TABLE["throughput_gops"], 0).argmax()
    frame = axes.patches[-1]
    assert frame.get_xy() == (  # type: ignore[attr-defined]
        list(columns).index(TABLE["columns"][left]),
        list(groups).index(TABLE["group"][left]),
    )
    nothing = {**TABLE, "feasible": np.zeros(len(TABLE["unit"]), bool)}
    _, axes = plots.one_axes(plots.PAGE)
    plots.heat_map(axes, nothing, value="throughput_gops", x="columns", y="group", rises=True)
    assert {text.get_text() for text in axes.texts} == {"x"}


@pytest.mark.parametrize("count", [3, 9, 30, 120])
@pytest.mark.parametrize("width", [plots.HALF_PAGE, plots.PAGE])
def test_numbers_fit_into_the_cells_of_a_heat_map(count: int, width: float) -> None:
    """Or are left out; and the texts of the ticks do not touch."""
    across, up = np.meshgrid(np.arange(count) * 100, np.arange(12))
    area = 1234567.0 + 1e5 * up.ravel()
    table = {"columns": across.ravel(), "group": up.ravel(), "area_um2": area}
    with plots.print_style():
        figure, axes = plots.one_axes(width)
        plots.heat_map(axes, table, value="area_um2", x="columns", y="group", rises=False)
        figure.draw_without_rendering()
    inside = axes.get_window_extent()
    for text in axes.texts:
        box = text.get_window_extent()
        assert box.width <= inside.width / count
        assert box.height <= inside.height / 12
    assert bool(axes.texts) == (count == 3 or (count == 9 and width == plots.PAGE))
    labels = [text.get_window_extent() for text in axes.get_xticklabels()]
    assert all(one.x1 < other.x0 for one, other in pairwise(labels))


def test_bars_of_what_is_not_allowed_are_hollow() -> None:
    _, axes = plots.one_axes()
    changes = [plots.Change("group", 3, 4, -2.0, allowed=False), CHANGES[0]]
    plots.sensitivity(axes, changes, "area_um2", rises=False)
    faces = {round(patch.get_width()): patch.get_facecolor() for patch in axes.patches}  # type: ignore[attr-defined]
    assert faces[-2] == (1.0, 1.0, 1.0, 1.0) != faces[25]
    legend = axes.get_legend()
    assert legend
    assert [text.get_text() for text in legend.get_texts()] == ["better", "worse", "not allowed"]


def test_operations_are_those_of_the_designs() -> None:
    """Of one kind by its name; where several kinds are spoken of, only `operation` fits."""
    with plots.counting(["ternary_lut", "complex_lut"]):
        assert plots.label("energy_fj_per_operation") == "energy (fJ a weight)"
        with plots.counting(["ternary_lut", "simd_mac"]):
            assert plots.label("energy_fj_per_operation") == "energy (fJ an operation)"
        assert plots.label("operations_per_cycle") == "weights a cycle"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("energy_uj_per_token", "energy (µJ a token)"),
        ("area_um2_per_weight", "area (µm² a weight)"),
        ("time_us", "time (µs)"),
        ("bandwidth_gb_per_s", "bandwidth (GB/s)"),
        ("chip_area_mm2", "chip area (mm²)"),
        ("cycles_per_token", "cycles per token"),
        ("gops_per_area", "gops per area"),
        ("area_um2 / luts", "area_um2 / luts"),
    ],
)
def test_units_are_written_as_people_write_them(name: str, words: str) -> None:
    assert plots.label(name) == words


def test_parity_tells_its_errors() -> None:
    _, axes = plots.one_axes()
    estimated, measured = np.array([110.0, 95.0, np.nan]), np.array([100.0, 100.0, 100.0])
    plots.parity(axes, estimated, measured, np.full(3, 4.0))
    (text,) = _texts(axes)
    assert text == "2 designs\nmean error 7.5 %, largest 10.0 %\nexpected 4.0 %"
    (bars,) = axes.containers
    bar = bars[2][0].get_segments()[0]
    assert np.allclose(bar, [(100.0, 110 - 4.4), (100.0, 110 + 4.4)])


def test_residuals_are_percent() -> None:
    _, axes = plots.one_axes()
    plots.residuals(axes, np.array([110.0]), np.array([100.0]), np.array([4.0]))
    (bars,) = axes.containers
    ends = bars[2][0].get_segments()[0][:, 1]
    assert np.allclose(ends, (10 - 4.4, 10 + 4.4))


def test_sensitivity_puts_the_largest_first_and_all_texts_inside() -> None:
    with plots.print_style():
        figure, axes = plots.one_axes(plots.HALF_PAGE)
        plots.sensitivity(axes, CHANGES, "area_um2", rises=False)
        figure.draw_without_rendering()
        inside = axes.get_window_extent()
        for text in axes.texts:
            extent = text.get_window_extent()
            assert inside.x0 <= extent.x0
            assert extent.x1 <= inside.x1
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        "µ = 3",
        "table register = no",
    ]
    colours = {round(patch.get_width()): patch.get_hatch() for patch in axes.patches}  # type: ignore[attr-defined]
    assert colours == {25: "//", -2: None, 9: "//"}  # hatched: for the worse
    _, axes = plots.one_axes()
    plots.sensitivity(axes, CHANGES, "area_um2", rises=True)
    colours = {round(patch.get_width()): patch.get_hatch() for patch in axes.patches}  # type: ignore[attr-defined]
    assert colours == {25: None, -2: "//", 9: None}


def test_roofline_says_what_binds() -> None:
    _, axes = plots.one_axes()
    plots.roofline(axes, RUNS, 20.0)
    legend = axes.get_legend()
    assert legend
    assert [text.get_text() for text in legend.get_texts()] == [
        "slow (compute-bound)",
        "fast (memory-bound)",
    ]
    assert _texts(axes) == ["20 GB/s", "5", "20"]  # 1e9 in 0.2 s; 1e9 bytes in 0.05 s


@pytest.mark.parametrize("ending", ["svg", "png"])
def test_files_are_the_same_each_time(tmp_path: Path, ending: str) -> None:
    for name in ("one", "two"):
        with plots.print_style():
            figure, axes = plots.one_axes()
            plots.front(axes, TABLE, cloud=TABLE)
            plots.save(figure, tmp_path / f"{name}.{ending}")
    one, two = (tmp_path / f"{name}.{ending}" for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()
    assert b"20" + b"26" not in one.read_bytes()[:2000]


def test_what_cannot_be_drawn_is_a_sentence(tmp_path: Path) -> None:
    figure, axes = plots.one_axes()
    empty = explored.select(TABLE, np.array([], int))
    for call, words in (
        (lambda: plots.front(axes, TABLE, x="aera"), "there is no column 'aera'"),
        (lambda: plots.front(axes, empty), "there are no points"),
        (lambda: plots.breakdown(axes, {}), "there are no designs"),
        (
            lambda: plots.sensitivity(axes, [], "area_um2", rises=False),
            "no changes of a single parameter",
        ),
        (lambda: plots.roofline(axes, [], 1.0), "there are no designs"),
        (lambda: plots.roofline(axes, RUNS, 0.0), "it must be above 0"),
        (lambda: plots.parity(axes, *[np.full(2, np.nan)] * 3), "no design has both"),
        (lambda: plots.save(figure, tmp_path / "a.pdf"), "must end in .svg or .png"),
        (lambda: plots.save(figure, tmp_path / "no" / "a.svg"), "cannot write"),
    ):
        with pytest.raises(RequestError, match=words):
            call()
