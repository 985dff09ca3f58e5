"""What a command does, told on a terminal while it does it; in a pipe it stays quiet."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.status import Status

__all__ = ["Telling", "telling"]


class Telling:
    """A line at the terminal's foot says what is done; above it stands what was, with the time."""

    def __init__(self, status: Status, console: Console) -> None:
        self._status, self._console, self._start = status, console, time.monotonic()

    def doing(self, what: str) -> None:
        """Say what is done now."""
        self._status.update(what)

    def __call__(self, sentence: str) -> None:
        """Say that a step is done; may be called by several threads."""
        if self._console.is_terminal:
            seconds = time.monotonic() - self._start
            self._console.print(f"[dim]{seconds:7.1f} s  {escape(sentence)}[/dim]")


@contextmanager
def telling(what: str) -> Iterator[Telling]:
    """Tell of work on the standard error, if that is a terminal."""
    console = Console(stderr=True)
    with console.status(what) as status:
        yield Telling(status, console)
