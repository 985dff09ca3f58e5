"""A layer's weights as a core takes them: integers, codes of scales, and parameters to go with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hw.errors import RequestError
from hw.formats import Fixed, Float, parse_format
from macsmith.checkpoint.layer import Weights
from sim.formats import decode, encode

__all__ = ["CoreArrays", "core_arrays"]

_EXACT = ("bf16", "fp16", "fp32")  # tried in this order for a scale an output
_GROUPS = (32, 256)  # inputs that share a scale: what cores have
_MOST_BITS, _MOST_FRACTION = 32, 63  # of fixed point
_RESULT = "fp32"
_MOST_PLANES = 4


@dataclass(frozen=True)
class CoreArrays:
    """What `macsmith simulate --data` takes.

    Attributes:
        arrays: ``weights``, shape (inputs, outputs), ``scales``, shape (outputs,) or (groups,
            outputs), and the name of their format, ``scale_format``, as ASCII bytes.
        settings: parameters and limits, as ``--set`` takes them.
        scale_error: the largest relative error of a scale's code; 0 where all are exact.
        remark: what keeps cores from taking them; empty if nothing does.
    """

    arrays: dict[str, NDArray[Any]]
    settings: tuple[str, ...]
    scale_error: float
    remark: str


def core_arrays(weights: Weights, scale_format: str, place: str) -> CoreArrays:
    """Bring a layer into the form of a core.

    Signs of scales go into the weights. Where all groups of each output have the same scale, apart
    from those whose weights are zero, it has one for each output, else one for each group.

    Args:
        weights: the layer's.
        scale_format: of the scales; empty: the narrowest that has all of them exactly.
        place: file and tensor, for the sentence.

    Raises:
        RequestError: a scale has no code in the format, or no format has all of them.
    """
    elements, scales = _signless(weights)
    outputs, inputs = elements.shape
    groups = np.repeat(scales, weights.group, axis=1)
    used = (elements.reshape(outputs, -1, weights.group) != 0).any(axis=2) & (scales != 0)
    elements = np.where(groups == 0, 0, elements)
    first = np.take_along_axis(scales, used.argmax(axis=1)[:, None], axis=1)
    largest = int(np.abs(elements).max())
    planes = max(1, largest.bit_length())
    settings = [f"workload.inputs={inputs}", f"workload.outputs={outputs}"]
    settings += [f"planes={planes}"] * (planes > 1)
    if (np.where(used, scales, first) == first).all():
        form, codes, error = _codes(first[:, 0], scale_format or _EXACT, place)
        settings += [f"result={_RESULT}", "scale=column", f"scale_format={form}"]
    else:
        form, codes, error = _codes(
            np.where(used, scales, 0).T, scale_format or _exact_fixed(scales[used], place), place
        )
        settings += [f"result={_RESULT}", "scale=group", f"scale_group={weights.group}"]
        settings.append(f"scale_format={form}")
    remark = ""
    if planes > _MOST_PLANES:
        remark = f"weights up to {largest}: cores take up to 15; --quantize int5 makes such"
    elif "scale=group" in settings and not _GROUPS[0] <= weights.group <= _GROUPS[1]:
        remark = f"a scale for {weights.group} inputs: cores have one for 32 to 256"
    kind = np.int8 if largest < 1 << 7 else np.int16
    arrays = {
        "weights": np.ascontiguousarray(elements.T.astype(kind)),
        "scales": codes,
        "scale_format": np.frombuffer(form.encode("ascii"), np.uint8),
    }
    return CoreArrays(arrays, tuple(settings), error, remark)


def _signless(weights: Weights) -> tuple[NDArray[np.int16], NDArray[np.float64]]:
    """Elements and scales of which none is negative."""
    scales = weights.scales.astype(np.float64)
    signs = np.repeat(np.where(scales < 0, -1, 1), weights.group, axis=1)
    return (weights.elements * signs).astype(np.int16), np.abs(scales)


def _exact_fixed(scales: NDArray[np.float64], place: str) -> str:
    """The narrowest unsigned fixed point that has all scales.

    Raises:
        RequestError: it would have too many bits.
    """
    mantissas, exponents = np.frexp(scales)  # a float32 is a whole multiple of 2**(exponent - 24)
    whole = np.ldexp(mantissas, 24).astype(np.int64)
    zeros = np.log2((whole & -whole).astype(np.float64)).astype(np.int64)
    fraction = max(0, int((24 - exponents - zeros).max()))
    bits = max(1, int(exponents.max()) + fraction)
    if bits > _MOST_BITS or fraction > _MOST_FRACTION:
        raise RequestError(
            f"{place}: its scales, from {scales.min():g} to {scales.max():g}, take {bits} bits in"
            f" fixed point, and cores have {_MOST_BITS}: --scale-format"
            f" u32.{_most_fraction(scales)} rounds them"
        )
    return f"u{bits}.{fraction}"


def _most_fraction(scales: NDArray[np.float64]) -> int:
    """Bits behind the point of the finest format of 32 bits that has the largest scale."""
    return min(_MOST_FRACTION, max(0, _MOST_BITS - int(np.frexp(scales.max())[1])))


def _codes(
    scales: NDArray[np.float64], names: str | tuple[str, ...], place: str
) -> tuple[str, NDArray[np.uint32], float]:
    """The format, codes in it, and the largest relative error.

    Args:
        scales: not negative.
        names: a format that is asked for, or several, of which the first exact one is taken.
        place: file and tensor, for the sentence.
    """
    for name in (names,) if isinstance(names, str) else names:
        form = parse_format(name, (Fixed, Float))
        if isinstance(form, Fixed):
            codes = np.rint(np.ldexp(scales, form.fraction_bits))
            worth = np.ldexp(codes, -form.fraction_bits)
            fits = bool((codes <= form.largest_code).all())
        else:
            assert isinstance(form, Float)
            codes = encode(form, scales)
            worth = decode(form, codes)
            fits = bool(np.isfinite(worth).all())
        lost = (worth == 0) & (scales != 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            error = np.where(scales != 0, np.abs(worth / scales - 1), 0.0)
        worst = float(error.max()) if fits and not lost.any() else np.inf
        if worst == 0 or (isinstance(names, str) and np.isfinite(worst)):
            return name, codes.astype(np.uint32), worst
    beyond = f"from {scales[scales != 0].min(initial=np.inf):g} to {scales.max():g}"
    raise RequestError(f"{place}: its scales, {beyond}, do not all have a code in {names}")
