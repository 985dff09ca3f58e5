"""Exceptions that are told in a sentence: a wrong request, its commonest reason, a failed check."""

from typing import Any

__all__ = ["CheckError", "RequestError", "check_integer"]


class RequestError(ValueError):
    """A request that cannot be met, told in one sentence.

    The sentence names the value that was given, what is allowed and where it stands. The command
    line prints it without a traceback and exits with status 2.
    """


class CheckError(RuntimeError):
    """A result that is wrong, told in one sentence; the command line exits with status 1."""


def check_integer(name: str, value: Any, low: int, high: int) -> None:
    """See that a parameter is a whole number (a boolean is none) in its range.

    Raises:
        RequestError: it is not.
    """
    if type(value) is not int or not low <= value <= high:
        allowed = f"a whole number from {low} to {high}" if low < high else str(low)
        raise RequestError(f"{name} = {value!r} is not allowed: it must be {allowed}")
