"""Order of what depends on each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

__all__ = ["postorder"]

T = TypeVar("T")


def postorder(roots: Iterable[T], needs: Callable[[T], Iterable[T]]) -> Iterator[T]:
    """All that some things need, and they themselves: each once, and after what it needs.

    Where things need each other, the one that is met first comes last.

    Args:
        roots: the things, in the order in which they are to come.
        needs: what a thing needs, likewise.
    """
    begun: set[T] = set()
    for root in roots:
        if root in begun:
            continue
        begun.add(root)
        path = [(root, iter(needs(root)))]
        while path:
            member, rest = path[-1]
            needed = next((needed for needed in rest if needed not in begun), None)
            if needed is None:
                path.pop()
                yield member
            else:
                begun.add(needed)
                path.append((needed, iter(needs(needed))))
