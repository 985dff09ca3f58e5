"""Parameters that are true or false."""

from __future__ import annotations

from hw.errors import RequestError

__all__ = ["check_switches"]


def check_switches(parameters: object, *names: str) -> None:
    """See that parameters are true or false.

    Raises:
        RequestError: one is neither.
    """
    for name in names:
        if not isinstance(value := getattr(parameters, name), bool):
            raise RequestError(f"{name} = {value!r} is not true or false")
