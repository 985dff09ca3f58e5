"""A cache of answers on disk, by content: the same question, whoever asks it, is answered once.

An entry is a JSON file that names its own checksum. It is written under another name and then
renamed, so that an interrupted run leaves nothing half-written and several processes may fill the
cache at once; what was damaged is noticed, told of and made anew.
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sim.simulator import REMEDY, cache_folder
from sim.writing import atomic_write, made_folder

__all__ = ["cached", "look_up", "store"]

_log = logging.getLogger("macsmith")


def cached(kind: str, question: dict[str, Any], answer: Callable[[], Any]) -> Any:
    """The answer to a question, from the cache or by asking.

    Args:
        kind: folder of the entry, such as ``synthesis``.
        question: all that the answer depends on; JSON.
        answer: finds the answer, which is JSON too.

    Returns:
        The same thing whether it was stored or is new: lists, no tuples.
    """
    value = look_up(kind, question)
    if value is None:
        value = json.loads(json.dumps(answer()))
        store(kind, question, value)
    return value


def look_up(kind: str, question: dict[str, Any]) -> Any | None:
    """The stored answer; None if there is none, or a damaged one."""
    path = _path(kind, question)
    try:
        entry = json.loads(path.read_text(encoding="utf-8"))
        if entry["checksum"] == _digest(entry["answer"]):
            return entry["answer"]
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        pass
    _tell_of_damage(path)
    return None


def store(kind: str, question: dict[str, Any], answer: Any) -> None:
    """Keep an answer.

    Raises:
        RequestError: the cache cannot be written.
    """
    path = _path(kind, question)
    entry = json.dumps({"question": question, "checksum": _digest(answer), "answer": answer})
    with made_folder(path.parent, REMEDY):
        if path.is_symlink():
            path.unlink()
        elif path.is_dir():
            shutil.rmtree(path)
        atomic_write(path, entry, REMEDY)


def _tell_of_damage(path: Path) -> None:
    _log.warning("the cache's entry %s is damaged: it is made anew", path)


def _path(kind: str, question: dict[str, Any]) -> Path:
    return cache_folder() / kind / f"{_digest(question)}.json"


def _digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
