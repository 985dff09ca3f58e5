"""Lists of matrix products as CSV: ``name,outputs,inputs`` and more, one a line."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

from costmodel.system.gemm import MOST_WEIGHT_BITS
from hw.errors import RequestError
from hw.formats.weights import largest_element
from macsmith.toml_file import nearest
from sim.reading import read_text

__all__ = ["COLUMNS", "read_gemm_list"]

#: The columns, in any order; vectors and repeat may be left out, and are then 1, and so may the
#: format of the weights (`hw.formats.weights`), of which nothing is then known, and the bits that a
#: weight takes off chip, which are then those that the core takes.
COLUMNS = ("name", "outputs", "inputs", "vectors", "repeat", "format", "weight_bits")

_NUMBERS = COLUMNS[1:5]
_NEEDED = COLUMNS[:3]
_LARGEST = 1 << 20
_MOST_LINES = 10_000


def read_gemm_list(path: Path) -> list[dict[str, Any]]:
    """Read a list of matrix products.

    Args:
        path: of a CSV file in UTF-8; the first line names the columns, empty lines count nothing.

    Returns:
        Of each product all of `COLUMNS`.

    Raises:
        RequestError: the file or a line cannot be; the sentence says which, what is there and what
            may be.
    """
    text = read_text(path, "workload", "utf-8-sig")
    reader = csv.reader(text.splitlines(keepends=True), strict=True)
    try:
        heads = [head.strip() for head in next(reader, [])]
        _check_heads(path.name, heads)
        products = []
        for fields in reader:
            if any(field.strip() for field in fields):
                place = f"{path.name}, line {reader.line_num}"
                products.append(_product(place, heads, [field.strip() for field in fields]))
            if len(products) > _MOST_LINES:
                raise RequestError(f"{path.name} has more than {_MOST_LINES:,} products")
    except csv.Error as error:
        raise RequestError(f"{path.name}, line {reader.line_num}: {error}") from error
    if not products:
        raise RequestError(f"{path.name} has no products: a line each, below {','.join(heads)}")
    return products


def _check_heads(file: str, heads: list[str]) -> None:
    for head in heads:
        if head not in COLUMNS:
            hint = nearest(head, COLUMNS)
            raise RequestError(
                f"{file}, line 1: the column {head!r} is unknown: the first line must be"
                f" {','.join(COLUMNS)}, of which the last four may be left out{hint}"
            )
        if heads.count(head) > 1:
            raise RequestError(f"{file}, line 1: the column {head!r} is there twice")
    for needed in _NEEDED:
        if needed not in heads:
            raise RequestError(f"{file}, line 1: the column {needed!r} is missing")


def _product(place: str, heads: list[str], fields: list[str]) -> dict[str, Any]:
    if len(fields) != len(heads):
        raise RequestError(
            f"{place} has {len(fields)} fields, and line 1 has {len(heads)}: {','.join(heads)}"
        )
    product: dict[str, Any] = {"vectors": 1, "repeat": 1, "format": ""}
    product["weight_bits"] = 0.0
    for head, field in zip(heads, fields, strict=True):
        product[head] = _number(place, head, field) if head in _NUMBERS else field
    product["weight_bits"] = _bits(place, product["weight_bits"])
    if not product["name"]:
        raise RequestError(f"{place}: the name is empty")
    if product["format"]:
        try:
            largest_element(product["format"])
        except RequestError as error:
            raise RequestError(f"{place}: format = {error}") from error
    return product


def _bits(place: str, field: str | float) -> float:
    """Bits of a weight; an empty field is 0."""
    text = str(field)
    bits = float(text or 0) if re.fullmatch(r"([0-9]{1,2}(\.[0-9]{1,9})?)?", text) else -1.0
    if not 0 <= bits <= MOST_WEIGHT_BITS:
        raise RequestError(
            f"{place}: weight_bits = {text!r} is not allowed: it must be from 0 to"
            f" {MOST_WEIGHT_BITS}"
        )
    return bits


def _number(place: str, head: str, field: str) -> int:
    number = int(field) if re.fullmatch(r"[0-9]{1,9}", field) else 0
    if not 1 <= number <= _LARGEST:
        raise RequestError(
            f"{place}: {head} = {field!r} is not allowed: it must be a whole number from 1 to"
            f" {_LARGEST}"
        )
    return number
