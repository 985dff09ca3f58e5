"""The program as a fixture."""

from __future__ import annotations

import pytest

from tests.macsmith.program import Program


@pytest.fixture
def macsmith(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Program:
    """The program."""
    return Program(monkeypatch, capsys)
