"""Many pieces of work, several at a time; each is told of as soon as it is done."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TypeVar

from hw.errors import RequestError

__all__ = ["Failure", "finished"]

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Failure:
    """A point that has no figures, and why."""

    reason: str


def finished(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    *,
    jobs: int | None = None,
    deadline: float = math.inf,
) -> Iterator[tuple[int, Result | Failure]]:
    """Call a function with many items; yields each one's number and result when it is there.

    What goes wrong is a `Failure` in the result's place, and the rest goes on.

    Args:
        function: waits for a process of its own (`costmodel.work.worker.run_limited`); threads call
        it.
        items: in the order in which they are begun.
        jobs: how many at a time; by default one a core.
        deadline: on the monotonic clock; none is begun after it.
    """
    jobs = jobs or os.cpu_count() or 1

    def work(item: Item) -> Result | Failure:
        try:
            return function(item)
        except RequestError as error:
            return Failure(str(error))

    pool = ThreadPoolExecutor(jobs)
    try:
        waiting: dict[Future[Result | Failure], int] = {}
        numbered = enumerate(items)
        while True:
            while len(waiting) < 2 * jobs and time.monotonic() < deadline:
                following = next(numbered, None)
                if following is None:
                    break
                number, item = following
                waiting[pool.submit(work, item)] = number
            if not waiting:
                return
            done, _ = wait(waiting, return_when=FIRST_COMPLETED)
            for future in done:
                yield waiting.pop(future), future.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
