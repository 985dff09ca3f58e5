"""The program, called inside the process of a test."""

from __future__ import annotations

import sys
from typing import NamedTuple

import pytest

from macsmith.cli import main


class Ended(NamedTuple):
    """How a call of the program ended."""

    status: int
    out: str
    err: str


class Program:
    """Calls the program inside this process."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys

    def __call__(self, *arguments: object) -> Ended:
        self._monkeypatch.setattr(sys, "argv", ["macsmith", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = self._capsys.readouterr()
        return Ended(int(ended.value.code or 0), printed.out, printed.err)
