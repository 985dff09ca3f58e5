"""What the golden model, the checks and the streams make of floating-point activations.

`sim.ternary.product` and `sim.ternary.streams` ask here wherever a product's activations may be
floats. Operands are arrays of floating-point numbers that the activations' format represents;
biases are finite, and in style ``float`` in the accumulator's format.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hw.errors import RequestError
from hw.formats import Float
from hw.ternary import TernaryConfiguration
from hw.ternary.choices import Style
from sim.formats import decode, encode

__all__ = [
    "bias_format",
    "check_limit",
    "check_numbers",
    "random_numbers",
    "weight_codes",
]


def bias_format(configuration: TernaryConfiguration) -> Float:
    """The format of biases."""
    arithmetic = configuration.arithmetic
    return arithmetic.accumulation if arithmetic.name is Style.FLOAT else arithmetic.number


def check_numbers(
    name: str, array: NDArray[np.floating], form: Float, dimensions: int, *, finite: bool
) -> None:
    """See that an array holds numbers of a format.

    Raises:
        RequestError: it has the wrong shape or type, or holds a number that is not in the format.
    """
    if not np.issubdtype(array.dtype, np.floating):
        raise RequestError(f"{name} holds {array.dtype} where numbers of {form.name} are wanted")
    if array.ndim != dimensions or 0 in array.shape:
        raise RequestError(
            f"{name} has shape {array.shape} where a non-empty array of {dimensions}"
            f" dimension{'s' * (dimensions > 1)} is wanted"
        )
    values = array.astype(np.float64)
    back = decode(form, encode(form, values))
    wrong = (back != values) & ~(np.isnan(values) & np.isnan(back))
    if finite:
        wrong |= ~np.isfinite(values)
    if wrong.any():
        position = tuple(int(i) for i in np.argwhere(wrong)[0])
        place = ", ".join(map(str, position))
        kind = "finite number" if finite else "number"
        nearest = f" (the nearest one is {back[position]})" if np.isfinite(back[position]) else ""
        raise RequestError(
            f"{name}[{place}] = {array[position]} is no {kind} of {form.name}{nearest}"
        )


def check_limit(name: str, array: NDArray[np.floating], limit: int) -> None:
    """See that no number of an array of one dimension exceeds a limit.

    Raises:
        RequestError: one does.
    """
    outside = np.flatnonzero(np.abs(array) > limit)
    if len(outside):
        i = outside[0]
        raise RequestError(f"{name}[{i}] = {array[i]} is outside {-limit} to {limit}")


def weight_codes(
    configuration: TernaryConfiguration, weights: NDArray[np.integer]
) -> NDArray[np.unsignedinteger]:
    """Weights as the codes that a floating-point multiplier takes."""
    return encode(configuration.arithmetic.addition, weights.astype(np.float64))


def random_numbers(
    configuration: TernaryConfiguration,
    shape: tuple[int, ...],
    bias_shape: tuple[int, ...],
    rng: np.random.Generator,
    *,
    wild: float = 1 / 8,
    special: bool = False,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Activations and biases: near normal, some of any finite code.

    Args:
        configuration: of a style with floating-point activations.
        shape: of the activations.
        bias_shape: of the biases; of magnitudes up to ``workload.bias_limit``.
        rng: random numbers.
        wild: share of the activations that are any code.
        special: put infinities and NaN, where the format has them, into the first two vectors.
    """
    form = configuration.arithmetic.number
    near = np.clip(rng.standard_normal(shape) * 2.0, -float(form.largest), float(form.largest))
    values = decode(form, encode(form, near))
    any_values = decode(form, rng.integers(0, 1 << form.bits, shape).astype(np.uint32))
    anywhere = (rng.random(shape) < wild) & np.isfinite(any_values)
    activations = np.where(anywhere, any_values, values)
    if special:
        for vector, code in zip(activations, (form.infinity_code, form.nan_code), strict=False):
            if code is not None:
                vector[rng.integers(len(vector))] = decode(form, np.array([code]))[0]
    limit = configuration.workload.bias_limit
    wanted = rng.uniform(-limit, limit, bias_shape)
    narrow = decode(form, encode(form, wanted))
    narrow = np.where(np.isfinite(narrow) & (np.abs(narrow) <= limit), narrow, 0.0)
    return activations, narrow
