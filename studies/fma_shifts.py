"""How far exact sums are shifted, for docs/fma.md: `python -m studies.fma_shifts`.

An exact unit normalises each partial sum. What that shift hardly ever is, an approximate unit need
not be able to do: the measured shares go into designs/measured/fma_shifts.json, and are drawn here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from costmodel.plots.style import COLOURS
from hw.fma import Fma
from macsmith.design import designs_folder
from sim.fma.raw import RawSums, accumulate, products_of
from sim.formats import encode
from studies import pages
from studies.fma import ELEMENTS, factors_of, unit

__all__ = ["SHIFTS", "fma_shifts", "main", "shares", "shifts_table"]

SHIFTS = designs_folder() / "measured" / "fma_shifts.json"
_DATA = {
    "gauss": "Gaussian",
    "relu": "ReLU",
    "outlier": "outliers",
    "softmax": "softmax",
    "cancelling": "cancelling",
}
_MOST = 5  # shifts of so many places and more are one class
#: Places to the left: -1 is a carry.
_PLACES = tuple(range(-1, _MOST + 1))
_SUMS = 1000


def main() -> None:
    """Count the shifts, and write them."""
    exact = unit(ELEMENTS["exact, normalized product, W = 16"])
    rows = [
        {"data": kind} | dict(zip(map(str, _PLACES), shares(exact, kind), strict=True))
        for kind in _DATA
    ]
    SHIFTS.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def shares(exact: Fma, kind: str) -> list[float]:
    """How often a sum is shifted, in percent of the products other than 0.

    Args:
        exact: a unit that normalises its sums exactly.
        kind: of data, as `studies.fma.factors_of` has it.

    Returns:
        Of a carry, which shifts right; then of 0, 1, ... places to the left, at last of all more.
    """
    counts = np.zeros(len(_PLACES), np.int64)
    for shifts in _shifts(exact, kind):
        places, numbers = np.unique(np.minimum(shifts, _MOST), return_counts=True)
        counts[places + 1] += numbers
    return (100 * counts / counts.sum()).tolist()


def _shifts(exact: Fma, kind: str) -> Iterator[NDArray[np.int64]]:
    """Places to the left, of the sums with each product, but the first one: it meets a 0."""
    a, b = (
        encode(form, values[:, :_SUMS]).astype(np.int64)
        for form, values in zip(exact.factors, factors_of(kind), strict=True)
    )
    sums = RawSums.zeros(a.shape[1])
    for number, (x, y) in enumerate(zip(a, b, strict=True)):
        products = products_of(exact, x, y)
        before = np.maximum(products.exponent, sums.exponent)
        sums = accumulate(exact, products, sums)
        counted = products.live & (sums.significand != 0)  # a sum of 0 has no place to go to
        if number:
            yield (before - sums.exponent)[counted]


def shifts_table() -> str:
    """The shares in a sentence and as a table, a row for each kind of data."""
    measured = _measured()
    one, two = (
        max(sum(row[str(place)] for place in _PLACES if place >= least) for row in measured)
        for least in (1, 2)
    )
    sentence = (
        f"Whatever the data, at most {one:.1f} % of the partial sums of an exact unit start with a"
        f" zero after a product has been added, and at most {two:.1f} % with more than one:"
    )
    rows = [
        [_DATA[row["data"]], *(f"{row[str(place)]:.2f}" for place in _PLACES)] for row in measured
    ]
    lefts = [f"{place}" for place in _PLACES[1:-1]]
    heads = ["data (shares in %)", "1 right: a carry", *lefts, f"{_MOST} and more"]
    return f"{pages.wrapped(sentence)}\n{pages.table(heads, rows)}"


def fma_shifts() -> Figure:
    """The same shares as bars, on a logarithmic scale."""
    rows = _measured()
    with mpl.rc_context({"font.size": 9}):
        figure = Figure(figsize=(8, 3.4), facecolor="white", layout="constrained")
        axes = figure.subplots()
        width = 0.8 / len(rows)
        for number, row in enumerate(rows):
            axes.bar(
                np.array(_PLACES) + (number - (len(rows) - 1) / 2) * width,
                [row[str(place)] for place in _PLACES],
                width,
                color=COLOURS[number],
                label=_DATA[row["data"]],
                edgecolor="white",
                linewidth=0.4,
            )
        lefts = [str(place) for place in _PLACES[1:-1]]
        axes.set_xticks(_PLACES, ["1 right\n(carry)", *lefts, f"{_MOST}\nand more"])
        axes.set(yscale="log", ylim=(0.02, 100))
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.set_xlabel("places that a partial sum is shifted to the left")
        axes.set_ylabel("share of the sums (%)")
        axes.grid(visible=True, axis="y", alpha=0.3)
        figure.legend(frameon=False, ncols=len(rows), loc="outside upper center")
    return figure


def _measured() -> list[dict[str, Any]]:
    return json.loads(SHIFTS.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
