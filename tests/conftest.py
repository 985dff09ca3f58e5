"""What holds of all tests."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True, scope="module")
def cache_stays() -> Iterator[None]:
    """A module that left its own cache behind would have all later ones do their work anew."""
    before = os.environ.get("MACSMITH_CACHE")
    yield
    assert os.environ.get("MACSMITH_CACHE") == before
