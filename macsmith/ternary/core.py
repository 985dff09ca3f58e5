"""What is asked of ternary cores only."""

from __future__ import annotations

from hw.errors import RequestError
from hw.ternary import TernaryConfiguration
from hw.unit import Unit

__all__ = ["ternary_core"]


def ternary_core(unit: Unit) -> TernaryConfiguration:
    """A configuration that must be a ternary core's.

    Raises:
        RequestError: it is of another family.
    """
    if not isinstance(unit, TernaryConfiguration):
        raise RequestError(
            f"a {unit.unit} runs no ternary matrix products: this is for the ternary family"
        )
    return unit
