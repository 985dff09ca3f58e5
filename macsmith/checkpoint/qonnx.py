"""QONNX's Quant nodes: the integers that they make of constant weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hw.errors import RequestError
from hw.formats.weights import TRIT

__all__ = ["QUANTS", "Quantiser", "quantiser"]

#: Types of nodes that quantise.
QUANTS = ("Quant", "IntQuant", "BipolarQuant")

_Array = NDArray[np.float32]
_MOST_BITS = 8
_ROUNDINGS: dict[str, Callable[[_Array], _Array]] = {
    "ROUND": np.rint,
    "HALF_EVEN": np.rint,
    "CEIL": np.ceil,
    "FLOOR": np.floor,
    "UP": lambda x: np.sign(x) * np.ceil(np.abs(x)),
    "DOWN": np.trunc,
    "HALF_UP": lambda x: np.sign(x) * np.floor(np.abs(x) + np.float32(0.5)),
    "HALF_DOWN": lambda x: np.sign(x) * np.ceil(np.abs(x) - np.float32(0.5)),
}


@dataclass(frozen=True)
class Quantiser:
    """What a node does to weights, as QONNX defines it.

    ``clip(round(weight / scale + zero), low, high) - zero``; or for ``rounding = None`` +1 where a
    weight is not negative, else -1.

    Attributes:
        kind: the node, for a person.
        scale: broadcasts to the shape of the weights, as `zero` does.
        zero: whole numbers.
        low: least integer.
        high: largest integer.
        rounding: to whole numbers.
    """

    kind: str
    scale: _Array
    zero: _Array
    low: int
    high: int
    rounding: Callable[[_Array], _Array] | None

    def format(self, place: str) -> str:
        """The narrowest format that has all elements.

        Raises:
            RequestError: there is none.
        """
        least = self.low - float(self.zero.max())
        most = self.high - float(self.zero.min())
        if least >= -1 and most <= 1:
            return TRIT
        for bits in range(2, _MOST_BITS + 1):
            limit = 1 << bits - 1
            if -limit <= least and most < limit:
                return f"int{bits}" + "_narrow" * (least > -limit)
        raise RequestError(
            f"{place}: elements from {least:g} to {most:g} take more than {_MOST_BITS} bits"
        )

    def elements(self, weights: _Array) -> NDArray[np.int8]:
        """Integers, of the weights' shape."""
        if self.rounding is None:
            return np.where(weights >= 0, 1, -1).astype(np.int8)
        codes = np.clip(self.rounding(weights / self.scale + self.zero), self.low, self.high)
        return (codes - self.zero).astype(np.int8)


def quantiser(
    kind: str, inputs: list[_Array], attributes: Mapping[str, Any], place: str
) -> Quantiser:
    """What a node does.

    Args:
        kind: one of `QUANTS`.
        inputs: but for the weights: scale, and of a Quant zero point and bits.
        attributes: of the node.
        place: file and tensor, for the sentence.

    Raises:
        RequestError: it makes no integers of at most 8 bits.
    """
    if len(inputs) != (1 if kind == "BipolarQuant" else 3):
        raise RequestError(f"{place}: its {kind} has {len(inputs) + 1} inputs")
    scale = inputs[0]
    if not (scale.size and np.isfinite(scale).all() and (scale > 0).all()):
        raise RequestError(f"{place}: a scale of its {kind} is no number above 0")
    if kind == "BipolarQuant":
        return Quantiser(kind, scale, np.zeros(1, np.float32), -1, 1, None)
    zero, bits = inputs[1:]
    if bits.size != 1 or not 1 <= float(bits.flat[0]) <= _MOST_BITS or float(bits.flat[0]) % 1:
        raise RequestError(
            f"{place}: its {kind} has {bits.ravel()[:4].tolist()} bits: 1 to {_MOST_BITS} are taken"
        )
    if not zero.size or (zero != np.rint(zero)).any() or np.abs(zero).max() > 1 << _MOST_BITS:
        raise RequestError(f"{place}: the zero point of its {kind} is no whole number in range")
    mode = attributes.get("rounding_mode", b"ROUND")
    mode = mode.decode("utf-8", "replace").upper() if isinstance(mode, bytes) else str(mode)
    if mode not in _ROUNDINGS:
        raise RequestError(
            f"{place}: rounding_mode {mode!r} is not known: {', '.join(_ROUNDINGS)} are"
        )
    count, narrow = int(bits.flat[0]), attributes.get("narrow", 0) == 1
    if attributes.get("signed", 1) == 1:
        low, high = -(1 << count - 1) + narrow, (1 << count - 1) - 1
    else:
        low, high = 0, (1 << count) - 1 - narrow
    words = f"{kind}, {count} bits" + ", narrow" * narrow
    return Quantiser(words, scale, zero, low, high, _ROUNDINGS[mode])
