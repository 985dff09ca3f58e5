"""The pipeline of a SIMD unit: where its registers stand."""

from __future__ import annotations

from hw.simd.configuration import SimdMac

__all__ = ["cuts"]

#: Where the registers of so many stages stand, besides the accumulators, without an exit.
_CUTS = (
    (),
    ("multiplied",),
    ("unpacked", "multiplied"),
    ("unpacked", "multiplied", "summed"),
    ("unpacked", "multiplied", "shifted", "summed"),
    ("unpacked", "rows", "multiplied", "shifted", "summed"),
    ("given", "unpacked", "rows", "multiplied", "shifted", "summed"),
)
#: And with one.
_CUTS_TO_EXIT = (
    (),
    ("multiplied",),
    ("multiplied", "normalised"),
    ("unpacked", "multiplied", "normalised"),
    ("unpacked", "multiplied", "summed", "normalised"),
    ("unpacked", "multiplied", "shifted", "summed", "normalised"),
    ("unpacked", "multiplied", "shifted", "summed", "halved", "normalised"),
    ("unpacked", "rows", "multiplied", "shifted", "summed", "halved", "normalised"),
    ("given", "unpacked", "rows", "multiplied", "shifted", "summed", "halved", "normalised"),
    (
        *("given", "unpacked", "rows", "multiplied", "shifted", "summed"),
        *("halved", "normalised", "encoded"),
    ),
)
#: And with sums that are floats.
_CUTS_TO_FLOATS = (
    (),
    ("rounded",),
    ("multiplied", "rounded"),
    ("multiplied", "summed", "rounded"),
    ("unpacked", "multiplied", "summed", "rounded"),
    ("unpacked", "multiplied", "summed", "normalised", "rounded"),
    ("unpacked", "multiplied", "shifted", "summed", "normalised", "rounded"),
    ("unpacked", "multiplied", "shifted", "summed", "halved", "normalised", "rounded"),
    ("unpacked", "rows", "multiplied", "shifted", "summed", "halved", "normalised", "rounded"),
    (
        *("given", "unpacked", "rows", "multiplied", "shifted", "summed"),
        *("halved", "normalised", "rounded"),
    ),
)


def cuts(configuration: SimdMac) -> tuple[str, ...]:
    """After which steps registers stand, besides the accumulators."""
    if configuration.sum_format is not None:
        places = _CUTS_TO_FLOATS
    else:
        places = _CUTS if configuration.result_format is None else _CUTS_TO_EXIT
    return places[configuration.depth - 1]
