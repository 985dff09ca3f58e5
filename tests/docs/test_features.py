"""The feature table: what it claims is shown by a test that exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_PAGE = _ROOT / "docs" / "features.md"
_SIMD_PAGE = _ROOT / "docs" / "simd_features.md"
_FMA_PAGE = _ROOT / "docs" / "fma_features.md"
_LINK = re.compile(r"\[`(\w+)`\]\(\.\./(tests/[\w/]+\.py)\)")


def rows(head: str, page: Path = _PAGE) -> list[list[str]]:
    """The rows of a page's table that starts with a head."""
    table = page.read_text(encoding="utf-8").split(f"| {head} |", 1)[1].split("\n\n", 1)[0]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()[2:]]


LINKS = sorted(
    {
        link
        for page in (_PAGE, _SIMD_PAGE, _FMA_PAGE)
        for link in _LINK.findall(page.read_text(encoding="utf-8"))
    }
)


@pytest.mark.parametrize("file", sorted({file for _, file in LINKS}))
def test_linked_tests_exist(file: str) -> None:
    """Each file has the test functions that are linked."""
    body = ast.parse((_ROOT / file).read_text(encoding="utf-8")).body
    functions = {node.name for node in body if isinstance(node, ast.FunctionDef)}
    wanted = {name for name, linked in LINKS if linked == file}
    assert wanted <= functions
    assert all(name.startswith("test_") for name in wanted)


def test_every_claim_is_shown() -> None:
    """What is not a plain no has a test; a no has none; the columns are those of the legend."""
    table = rows("feature | here | shown by")
    assert len(table) == 34
    for feature, support, shown, *others in table:
        assert (support == "no") != bool(_LINK.search(shown)), feature
        assert len(others) == len(rows("column | system | source"))
    assert all(_LINK.search(shown) for _, shown in rows("feature | shown by"))
    assert {file for _, file in LINKS} > {"tests/docs/test_pages.py"}


@pytest.mark.parametrize(("page", "features"), [(_SIMD_PAGE, 24), (_FMA_PAGE, 17)])
def test_every_claim_of_other_units_is_shown(page: Path, features: int) -> None:
    """Likewise on the pages of other families."""
    table = rows("feature | here | shown by", page)
    assert len(table) == features
    for feature, support, shown, *others in table:
        assert (support == "no") != bool(_LINK.search(shown)), feature
        assert len(others) == len(rows("column | unit | source", page))
