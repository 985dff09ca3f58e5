"""Bars: where a design's area or energy goes, and what moving a parameter changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from costmodel.plots.style import figure_of, narrow, quiet_grid, shown
from costmodel.plots.vocabulary import label, part_styles, spoken, symbol
from hw.errors import RequestError

__all__ = ["Change", "breakdown", "part_handles", "sensitivity", "stack"]

_OTHER = ("#AAAAAA", "--")
#: How bars of changes are drawn.
_KINDS: dict[str, dict[str, Any]] = {
    "better": {"facecolor": "#0072B2", "edgecolor": "white", "linewidth": 0.5},
    "worse": {"facecolor": "#E69F00", "edgecolor": "white", "linewidth": 0.5, "hatch": "//"},
    "not allowed": {"facecolor": "white", "edgecolor": "#777777", "linewidth": 0.7},
}


@dataclass(frozen=True)
class Change:
    """What a figure does when one parameter moves by one step.

    Attributes:
        parameter: its name.
        before: its value.
        after: what it becomes.
        percent: by how much the figure changes.
        allowed: whether the design that comes of it meets all constraints.
    """

    parameter: str
    before: Any
    after: Any
    percent: float
    allowed: bool = True


def stack(
    axes: Axes, position: float, parts: Mapping[str, float], scale: float = 1.0, height: float = 0.6
) -> float:
    """Draw a horizontal bar of parts; returns its length."""
    left, styles = 0.0, part_styles()
    order = {part: number for number, part in enumerate(styles)}
    for part in sorted(parts, key=lambda part: order.get(part, len(order))):
        width = parts[part] * scale
        colour, hatch = styles.get(part, _OTHER)
        axes.barh(
            position, width, left=left, height=height, color=colour, hatch=hatch,
            edgecolor="white", linewidth=0.5,
        )  # fmt: skip
        left += width
    return left


def part_handles(parts: Iterable[str]) -> list[Patch]:
    """What a legend shows for parts."""
    styles = part_styles()
    return [
        Patch(facecolor=colour, hatch=hatch, edgecolor="white", label=part)
        for part in parts
        for colour, hatch in (styles.get(part, _OTHER),)
    ]


def breakdown(
    axes: Axes, designs: Mapping[str, Mapping[str, float]], figure: str = "area_um2"
) -> None:
    """Draw a bar of parts for each design, with its sum behind it.

    Args:
        axes: where.
        designs: the figure of each part, by the design's label.
        figure: which figure it is.

    Raises:
        RequestError: there is no design.
    """
    if not designs:
        raise RequestError(f"there are no designs to break the {figure} of down")
    longest = max(sum(parts.values()) for parts in designs.values())
    for position, parts in enumerate(designs.values()):
        whole = stack(axes, position, parts)
        axes.text(whole + 0.015 * longest, position, shown(whole), va="center", size=7)
    axes.set_yticks(range(len(designs)), list(designs))
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(designs) - 0.45, -0.55)
    axes.set_xlim(0, 1.14 * longest)
    axes.set_xlabel(label(figure))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.10g}")
    quiet_grid(axes, "x")
    styles = part_styles()
    present = [part for part in styles if any(parts.get(part) for parts in designs.values())]
    present += sorted({part for parts in designs.values() for part in parts} - set(styles))
    axes.legend(
        handles=part_handles(present), loc="lower center", bbox_to_anchor=(0.5, 1.0), frameon=False,
        ncols=4 if narrow(axes) else 8, handlelength=1.2, columnspacing=1.0,
    )  # fmt: skip


def sensitivity(axes: Axes, changes: Sequence[Change], figure: str, *, rises: bool) -> None:
    """Draw what each single step of a parameter does to a figure, the largest effect on top.

    A bar to the better side is blue, one to the worse side orange and hatched; one to a design that
    breaks a constraint is hollow.

    Args:
        axes: where.
        changes: any number of steps a parameter, up and down.
        figure: which figure changes.
        rises: whether it is better the larger it is.

    Raises:
        RequestError: there is no change.
    """
    if not changes:
        raise RequestError(f"there are no changes of a single parameter to show for {figure}")
    parameters = sorted(
        {change.parameter for change in changes},
        key=lambda name: (-max(abs(c.percent) for c in changes if c.parameter == name), name),
    )
    reach = max(abs(change.percent) for change in changes) or 1.0
    middles, line = [], 0.0
    for name in parameters:
        mine = sorted((c for c in changes if c.parameter == name), key=lambda c: -abs(c.percent))
        sides = [[c for c in mine if (c.percent > 0) == up] for up in (False, True)]
        for up, side in enumerate(sides):
            for number, change in enumerate(side):
                _change(axes, line + number, change, reach, better=bool(up) == rises)
        lines = max(map(len, sides))
        middles.append(line + (lines - 1) / 2)
        line += lines + 0.35
    before = {change.parameter: change.before for change in changes}
    axes.set_yticks(middles, [f"{symbol(name)} = {spoken(before[name])}" for name in parameters])
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(line - 0.75, -0.6)
    axes.set_xlim(min(0.0, *(c.percent for c in changes)), max(0.0, *(c.percent for c in changes)))
    _make_room(axes)
    axes.axvline(0, color="black", lw=0.8, zorder=3)
    axes.set_xlabel(f"change of {label(figure).split(' (')[0]} (%)")
    axes.xaxis.set_major_locator(MaxNLocator(5))
    quiet_grid(axes, "x")
    axes.legend(
        handles=[Patch(label=kind, **style) for kind, style in _KINDS.items()],
        loc="lower center", bbox_to_anchor=(0.5, 1.0), frameon=False, ncols=3, handlelength=1.2,
        columnspacing=1.0, borderaxespad=0.2,
    )  # fmt: skip


def _change(axes: Axes, line: float, change: Change, reach: float, *, better: bool) -> None:
    """One bar with its text."""
    rises = change.percent > 0
    kind = "not allowed" if not change.allowed else "better" if better else "worse"
    axes.barh(line, change.percent, height=0.8, zorder=2, **_KINDS[kind])
    text = axes.text(
        change.percent + (0.03 if rises else -0.03) * reach,
        line,
        f"{spoken(change.after)}: {change.percent:+.1f} %",
        ha="left" if rises else "right",
        va="center",
        size=6.5,
    )
    text.set_in_layout(False)


def _make_room(axes: Axes) -> None:
    """Widen the horizontal limits until all texts are inside."""
    figure = figure_of(axes)
    for _ in range(4):  # a wider range makes the bars shorter, not the texts
        figure.draw_without_rendering()
        inside = axes.get_window_extent()
        boxes = [text.get_window_extent() for text in axes.texts]
        low, high = axes.get_xlim()
        a_pixel = (high - low) / inside.width
        low -= max(0.0, inside.x0 - min(box.x0 for box in boxes)) * a_pixel
        high += max(0.0, max(box.x1 for box in boxes) - inside.x1) * a_pixel
        axes.set_xlim(low, high)
    low, high = axes.get_xlim()
    margin = 0.03 * (high - low)
    axes.set_xlim(low - margin, high + margin)
