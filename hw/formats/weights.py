"""Formats of weights as models are published, integers all, and whether a core carries them."""

from __future__ import annotations

import re

from hw.errors import RequestError

__all__ = ["FORMATS", "TRIT", "check_carried", "largest_element"]

#: The weights -1, 0 and +1.
TRIT = "ternary"

#: What a format may be, in words.
FORMATS = f"{TRIT}, intN or intN_narrow (N from 2 to 8) or mxfp4"

_INTEGER = re.compile(r"int([2-8])(_narrow)?")


def largest_element(name: str) -> int:
    """The largest magnitude of the integers that weights of a format are.

    ``intN`` is two's complement, ``intN_narrow`` lacks its least number; numbers of ``mxfp4`` are
    integers in units of one half.

    Raises:
        RequestError: there is no such format.
    """
    if name == TRIT:
        return 1
    if name == "mxfp4":
        return 12
    match = _INTEGER.fullmatch(name)
    if match is None:
        raise RequestError(f"{name!r} is not a format of weights: it must be {FORMATS}")
    return (1 << int(match[1]) - 1) - bool(match[2])


def check_carried(layer: str, name: str, largest: int) -> None:
    """See that a core takes the weights of a layer.

    Args:
        layer: its name, for the sentence.
        name: the weights' format; empty if the workload says nothing of it.
        largest: the largest weight that the core takes.

    Raises:
        RequestError: it does not; the sentence says how many planes would do.
    """
    wanted = largest_element(name) if name else 1
    if wanted > largest:
        planes = wanted.bit_length()
        remedy = f"planes = {planes} would do" if planes <= 4 else "no core of these does"
        raise RequestError(
            f"{layer} has weights in {name}, up to {wanted}, and the core takes up to {largest}:"
            f" {remedy}"
        )
