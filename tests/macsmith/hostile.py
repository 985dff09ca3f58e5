"""Requests and files that nobody means, or that somebody means ill: drawn by hypothesis."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from macsmith.design import designs_folder

_ROOT = designs_folder().parent
#: A good file of each kind, to be spoilt.
GOOD = {
    ".toml": _ROOT / "designs" / "ternary-int8-8x8.toml",
    ".model.json": _ROOT / "costmodel" / "ternary" / "models" / "nangate45.json",
    ".json": _ROOT / "costmodel" / "library" / "technologies" / "sg13g2.json",
    ".npz": _ROOT / "designs" / "digits" / "digits.npz",
    ".space.toml": _ROOT / "designs" / "spaces" / "small.toml",
    ".workload.toml": _ROOT / "designs" / "workloads" / "bitnet-0.7b.toml",
}
_NUMBERS = (
    *("nan", "inf", "-inf", "1e308", "1e-300", "5e-324", "-0.0", "-1", "0", "1e999", "0x10", "1_0"),
    *("9" * 5000, "0x" + "f" * 5000, "18446744073709551616", "٣", "", " "),
)
_WORDS = (
    *(
        "",
        " ",
        ".",
        "..",
        "/",
        "-",
        "--",
        "=",
        ",",
        "\n",
        "a" * 5000,
        "\udcff",
        "ü",
        "\x1b[31m",
        "%s",
    ),
    *("[" * 900 + "]" * 900, "{a=" * 900, "(" * 2000, "null", "NaN", "__class__", "None", "begin"),
)
_CONTENTS = (
    *(b"", b"\0" * 64, bytes(range(256)), b"\xef\xbb\xbfa = 1", "a = 'ü'".encode("utf-16")),
    *(b"[" * 900 + b"]" * 900, b"a = " + b"[" * 900, b'{"a":' * 3000, b"a." * 3000 + b"a = 1"),
    *(b"a = " + b"9" * 5000, b"[" + b"9" * 5000 + b"]", b"a = nan", b"NaN", b"null", b"[]", b"{}"),
    *(b'"\\ud800"', b"3", b"name,outputs\n1", b"a" * 100_000, b"library (x) {", b"PK\x03\x04"),
)

#: Texts that stand for a number, and any texts at all; a program's arguments have no zero bytes.
numbers = st.sampled_from(_NUMBERS) | st.integers().map(str) | st.floats().map(str)
texts = (
    st.sampled_from(_WORDS)
    | numbers
    | st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=12)
)


def make_special(folder: Path, ending: str) -> list[Path]:
    """What is no plain file, under names of one ending."""
    names = {kind: folder / f"{kind}{ending}" for kind in ("pipe", "folder", "loop", "dangling")}
    os.mkfifo(names["pipe"])
    names["folder"].mkdir()
    names["loop"].symlink_to(names["loop"])
    names["dangling"].symlink_to(folder / "nothing")
    endless = folder / f"endless{ending}"
    endless.symlink_to("/dev/zero")
    return [*names.values(), endless, folder / f"missing{ending}", folder / f"{'n' * 300}{ending}"]


@st.composite
def contents(draw: st.DrawFn, good: bytes) -> bytes:
    """What a file may hold: garbage, or a good file with a few bytes cut, changed or put in."""
    if draw(st.booleans()):
        return draw(st.sampled_from(_CONTENTS) | st.binary(max_size=60))
    data = bytearray(good)
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(data)))
        length = draw(st.integers(0, 8))
        match draw(st.sampled_from(("cut", "change", "put", "end"))):
            case "cut":
                del data[place : place + length]
            case "change":
                data[place : place + length] = draw(st.binary(min_size=length, max_size=length))
            case "put":
                data[place:place] = draw(st.sampled_from((b"nan", b"-1", b"[", b"{", b'"', b"\n")))
            case _:
                del data[place:]
    return bytes(data)


_LEAVES = st.sampled_from(
    (None, True, -1, 0, 1e308, 10**400, float("nan"), float("inf"), "", "x", [], {})
)


@st.composite
def spoilt_json(draw: st.DrawFn, good: str) -> str:
    """Good JSON with one value, however deep, in the place of another one."""
    value: Any = json.loads(good)
    whole = value
    while True:
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        key = draw(st.sampled_from(keys))
        inner = value[key]
        if not isinstance(inner, dict | list) or not inner or draw(st.integers(0, 3)) == 0:
            value[key] = draw(_LEAVES)
            return json.dumps(whole)
        value = inner
