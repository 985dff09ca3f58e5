"""Files of somebody else: what is no plain, finite, shallow file is a sentence, and never waits."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hw.errors import RequestError
from sim.reading import DEEPEST, parse_json, read_bytes, read_json, read_text


def test_what_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b'{"a": [1, 2.5, -9223372036854775808, "\xc3\xbc"],\r\n "b": null}')
    assert read_json(path, "test") == {"a": [1, 2.5, -(1 << 63), "ü"], "b": None}
    assert read_text(path, "test").count("\n") == 1
    assert "\r" not in read_text(path, "test")
    link = tmp_path / "link.json"
    link.symlink_to(path)
    assert read_json(link, "test")["b"] is None


@pytest.mark.timeout(20)
def test_what_is_no_plain_file_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "dangling").symlink_to(tmp_path / "nothing")
    (tmp_path / "endless").symlink_to("/dev/zero")
    for name, sentence in {
        "pipe": "is a pipe, and not the test file",
        "endless": "is a device",
        ".": "is a folder",
        "loop": "cannot be read: Too many levels of symbolic links",
        "dangling": "is not there",
        "nothing": "is not there",
        "n" * 300: "cannot be read: File name too long",
        "zero\0byte": "cannot be there: embedded null byte",
    }.items():
        with pytest.raises(RequestError, match=sentence):
            read_text(tmp_path / name, "test")


def test_size_and_encoding(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"one\ntw\xf6\n")
    with pytest.raises(RequestError, match="as text in UTF-8: byte 0xf6 in line 2"):
        read_text(path, "test")
    assert len(read_bytes(path, "test", 8)) == 8
    with path.open("r+b") as file:
        file.truncate((1 << 20) + 1)
    with pytest.raises(RequestError, match="is larger than 1 MiB"):
        read_bytes(path, "test", 1 << 20)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"a": {"b": [1, NaN]}}', r"x: a\.b\[1\] is nan, and not a finite number"),
        ('{"a": -Infinity}', r"x: a is -inf"),
        ('{"a": 1e999}', r"x: a is inf"),
        ("NaN", r"x: it is nan"),
        ('{"a": 9223372036854775808}', r"x: a is a whole number of more than 64 bits"),
        ("9" * 5000, r"x has a whole number of thousands of digits"),
        ("[" * (DEEPEST + 1) + "]" * (DEEPEST + 1), rf"x is nested deeper than {DEEPEST} levels"),
        ("[" * 100_000, r"x is nested deeper than"),
        ('{"a": 1', r"x is not JSON: line 1, column 8"),
        ("", r"x is not JSON: line 1, column 1"),
    ],
)
def test_numbers_are_finite_and_nothing_is_deep(text: str, sentence: str) -> None:
    with pytest.raises(RequestError, match=sentence):
        parse_json(text, "x")


def test_as_deep_as_may_be() -> None:
    assert parse_json("[" * DEEPEST + "]" * DEEPEST, "x")
