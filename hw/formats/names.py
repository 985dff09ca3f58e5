"""The kinds of number formats, and the names of all of them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

from hw.errors import RequestError
from hw.formats.fixed import Fixed
from hw.formats.floating import NAMED_FLOATS, Float
from hw.formats.format import Format
from hw.formats.integer import Integer
from hw.formats.posit import Posit
from hw.formats.scale import Scale

__all__ = ["KINDS", "format_meanings", "parse_format"]

#: Every kind of formats; a further one joins here.
KINDS: list[type[Format]] = [Integer, Fixed, Float, Posit, Scale]

#: What formats are called elsewhere: by ml_dtypes and torch (without ``float8_`` and such), by IEEE
#: 754 and OCP, and programs that read models.
_SYNONYMS = {
    "fp8_e4m3": "e4m3fn fp8_e4m3fn fp8e4m3 fp8 hf8",
    "fp8_e5m2": "e5m2 fp8e5m2 bf8",
    "fp6_e2m3": "e2m3fn",
    "fp6_e3m2": "e3m2fn",
    "fp4_e2m1": "e2m1fn e2m1fn_x2 fp4",
    "ue8m0": "e8m0fnu",
    "fp16": "half float16 f16 binary16",
    "bf16": "bfloat16 bfloat",
    "e8m10": "tf32 tensorfloat32",
    "fp32": "float single float32 f32 binary32",
    **{f"int{bits}": f"i{bits} s{bits}" for bits in range(2, 17)},
}
_ELSEWHERE = {word: name for name, words in _SYNONYMS.items() for word in words.split()}
_PREFIXES = ("torch.", "ml_dtypes.", "jnp.", "np.", "float8_", "float6_", "float4_")


def parse_format(name: str, kinds: Iterable[type[Format]] | None = None) -> Format:
    """Read the name of a format, such as ``int8``, ``fp16`` or ``fp8_e4m3+saturate``.

    Args:
        name: the name.
        kinds: of formats that it may be of; by default all.

    Raises:
        RequestError: no format of these kinds has this name, or its sizes or options are not
            allowed.
    """
    allowed = tuple(KINDS if kinds is None else kinds)
    for kind in allowed:
        if isinstance(name, str) and kind.reads(name):
            return kind.parse(name)
    hint = _meant(name, allowed)
    question = f"; did you mean {hint!r}?" if hint else ":"
    usages = "; ".join(kind.usage() for kind in allowed)
    raise RequestError(
        f"{name!r} is not a number format{question} {'Use' if hint else 'use'} {usages}"
    )


def _meant(name: str, allowed: Iterable[type[Format]]) -> str:
    """The format of these kinds that is called so elsewhere, or nearly so here; empty without."""
    if not isinstance(name, str):
        return ""
    base, plus, options = name.strip().lower().partition("+")
    for prefix in _PREFIXES:
        base = base.removeprefix(prefix)
    known = [*NAMED_FLOATS, "ue8m0", "ue4m3", "ue5m3", "ue6m2"]
    sized = re.sub(r"^fp\d+_(?=e\d+m\d+$)", "", base)  # fp8_e3m4 is e3m4
    near = difflib.get_close_matches(base, known, n=1, cutoff=0.75)
    for candidate in (_ELSEWHERE.get(base, ""), base, sized, *near):
        meant = f"{candidate}{plus}{options}"
        if candidate and meant != name and any(kind.reads(meant) for kind in allowed):
            return meant
    return ""


def format_meanings() -> dict[str, str]:
    """One line of plain words for each name that a design may give, or family of names."""
    return {name: line for kind in KINDS for name, line in kind.meanings().items()}
