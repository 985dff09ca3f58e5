"""The cache of answers: by content, whole or not at all, and never believed when damaged."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from costmodel.work.cache import cached, look_up, store
from hw.errors import RequestError

_QUESTION = {"netlist": "abc", "clock_ps": 1000.0, "noise": None}
_ANSWER = {"area_um2": 12.5, "cells": {"NAND2": 3}, "slack_ps": None}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MACSMITH_CACHE", str(tmp_path))
    return tmp_path


def _entry(folder: Path) -> Path:
    (path,) = (folder / "test").glob("*.json")
    return path


def test_asked_once() -> None:
    asked = []

    def ask() -> dict[str, Any]:
        asked.append(1)
        return _ANSWER

    assert cached("test", _QUESTION, ask) == _ANSWER
    assert cached("test", dict(reversed(_QUESTION.items())), ask) == _ANSWER
    assert len(asked) == 1
    assert cached("test", _QUESTION | {"clock_ps": 999.0}, ask) == _ANSWER
    assert len(asked) == 2


def _cut(text: str) -> str:
    return text[: len(text) // 2]


def _change_a_digit(text: str) -> str:
    assert text.count("12.5") == 1
    return text.replace("12.5", "13.5")


def _other_json(_text: str) -> str:
    return json.dumps([1, 2, 3])


def _zeros(text: str) -> str:
    return "\0" * len(text)


@pytest.mark.parametrize("damage", [_cut, _change_a_digit, _other_json, _zeros])
def test_damage_is_noticed(
    damage: Callable[[str], str], folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store("test", _QUESTION, _ANSWER)
    path = _entry(folder)
    path.write_text(damage(path.read_text()))
    with caplog.at_level(logging.WARNING, "macsmith"):
        assert look_up("test", _QUESTION) is None
        assert "damaged" in caplog.text
        assert cached("test", _QUESTION, lambda: _ANSWER) == _ANSWER
    assert look_up("test", _QUESTION) == _ANSWER


def _flipped(position: int) -> Callable[[Path], None]:
    def flip(path: Path) -> None:
        data = bytearray(path.read_bytes())
        data[position] ^= 1 << (position % 8)
        path.write_bytes(data)

    return flip


def _folder(path: Path) -> None:
    path.unlink()
    (path / "inside").mkdir(parents=True)


def _loop(path: Path) -> None:
    path.unlink()
    path.symlink_to(path)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "empty": lambda path: path.write_text(""),
    "cut": lambda path: path.write_text(path.read_text()[:-3]),
    "longer": lambda path: path.write_text(path.read_text() + "]"),
    "binary": lambda path: path.write_bytes(bytes(range(256))),
    "a folder": _folder,
    "a link to itself": _loop,
    **{f"bit {position}": _flipped(position) for position in (3, 30, 90, -1, -9, -30)},
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_entry_is_made_anew(damage: str, folder: Path) -> None:
    """Whatever became of the file: the answer is right, and so is the next one from the cache."""
    store("test", _QUESTION, _ANSWER)
    DAMAGES[damage](_entry(folder))
    assert cached("test", _QUESTION, lambda: _ANSWER) == _ANSWER
    assert look_up("test", _QUESTION) == _ANSWER
    assert _entry(folder).is_file()


def test_interrupted_write_leaves_no_entry(folder: Path) -> None:
    """What cannot be written leaves nothing behind, neither an entry nor a part of one."""
    with pytest.raises(TypeError):
        store("test", _QUESTION, {"not JSON": object()})
    assert list(folder.rglob("*.json")) == []
    assert look_up("test", _QUESTION) is None


def test_cache_that_cannot_be_written(folder: Path) -> None:
    (folder / "test").write_text("a file where a folder should be")
    with pytest.raises(RequestError, match="MACSMITH_CACHE"):
        store("test", _QUESTION, _ANSWER)


def test_many_processes_at_once(folder: Path) -> None:
    """Each finds a whole answer, its own or another's."""
    code = (
        "from costmodel.work.cache import cached\n"
        "for i in range(300):\n"
        "    answer = cached('test', {'question': i % 30}, lambda: {'value': [i % 30] * 500})\n"
        "    assert answer == {'value': [i % 30] * 500}\n"
    )
    root = Path(__file__).parents[2]
    processes = [subprocess.Popen([sys.executable, "-c", code], cwd=root) for _ in range(4)]
    assert [process.wait(60) for process in processes] == [0] * 4
    assert len(list((folder / "test").iterdir())) == 30
