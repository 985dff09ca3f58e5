"""Memory images, as `$readmemh` and `$readmemb` read them: Yosys takes any text for one."""

from __future__ import annotations

import re

from hw.errors import RequestError

__all__ = ["check_image"]

_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_ADDRESS = "@[0-9a-fA-F]+"
_WORDS = {
    "$readmemh": ("hexadecimal", re.compile(rf"{_ADDRESS}|[0-9a-fA-FxXzZ_]+")),
    "$readmemb": ("binary", re.compile(rf"{_ADDRESS}|[01xXzZ_]+")),
}


def check_image(data: bytes, name: str, task: str) -> None:
    """See that a memory image holds numbers.

    Args:
        data: the image.
        name: of its file.
        task: that reads it.

    Raises:
        RequestError: something else is in it.
    """
    text = _COMMENT.sub(lambda comment: "\n" * comment[0].count("\n"), data.decode("latin-1"))
    kind, pattern = _WORDS[task]
    for number, line in enumerate(text.split("\n"), 1):
        for word in line.split():
            if not pattern.fullmatch(word):
                raise RequestError(
                    f"{name}:{number}: {word[:40]!r} is no {kind} number, which {task} reads"
                )
