"""Pictures of designs and their costs: functions that draw into an axes they are given.

Each takes matplotlib's `Axes` and plain columns of numpy, so that a picture goes into a figure of
one's own as well as into a file of its own (`print_style`, `one_axes`, `save`). Colours are told
apart by all kinds of colour vision, and again by marker or hatch, so that they survive print in
black and white.
"""

from costmodel.plots.bars import Change, breakdown, sensitivity
from costmodel.plots.front import front
from costmodel.plots.heat_map import heat_map
from costmodel.plots.parity import parity, residuals
from costmodel.plots.roofline import Run, roofline
from costmodel.plots.style import (
    COLOURS,
    HALF_PAGE,
    PAGE,
    column,
    figure_of,
    one_axes,
    print_style,
    save,
)
from costmodel.plots.vocabulary import counting, label, part_styles, spoken, symbol

__all__ = [
    "COLOURS",
    "HALF_PAGE",
    "PAGE",
    "Change",
    "Run",
    "breakdown",
    "column",
    "counting",
    "figure_of",
    "front",
    "heat_map",
    "label",
    "one_axes",
    "parity",
    "part_styles",
    "print_style",
    "residuals",
    "roofline",
    "save",
    "sensitivity",
    "spoken",
    "symbol",
]
