"""The same work on a Dask cluster: functions of one argument, called there.

A worker's death loses nothing: what it was about is done again by another one (Dask's scheduler
sees to it), what was finished is here already. Only so much is under way at a time that a space of
any size can be gone through.

A cluster runs whatever it is sent: the address must be of one that you trust, in a network that you
trust. Workers need this project, and for synthesis ``dask worker --no-nanny``, because a nanny's
processes may start no others.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any, TypeVar

from distributed import Client, Future, wait
from distributed.scheduler import KilledWorker

from costmodel.flow.measure import Failure, Point, measure
from costmodel.work.cache import store
from costmodel.work.worker import DEFAULT_LIMITS, Limits
from hw.errors import RequestError

__all__ = ["Cluster"]

Argument = TypeVar("Argument")
Result = TypeVar("Result")

_CONNECT_S = 10
_POLL_S = 2
_PATIENCE_S = 60  # without any worker
_AHEAD = 2  # pieces of work for each thread of the cluster, so that none waits


class Cluster:
    """A Dask cluster, by the address of its scheduler; a context manager.

    Args:
        address: such as ``tcp://10.0.0.1:8786``.
        patience: seconds to wait while there is no worker.

    Raises:
        RequestError: nobody answers there.
    """

    def __init__(self, address: str, patience: float = _PATIENCE_S) -> None:
        self._address, self._patience = address, patience
        try:
            self._client = Client(address, timeout=_CONNECT_S, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            raise RequestError(
                f"no Dask scheduler answers at {address!r}: start one with 'dask scheduler', and"
                f" 'dask worker {address}' for each machine"
            ) from error

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def ordered(
        self, function: Callable[[Argument], Result], arguments: Iterable[Argument]
    ) -> Iterator[Result]:
        """Call a function with each argument; yields the results in the arguments' order, as `map`.

        An argument is asked for when its call is sent.

        Raises:
            RequestError: no worker is left, or workers die of the work.
            Exception: what the function raised.
        """
        underway: deque[Future] = deque()
        for argument in arguments:
            underway.append(self._submit(function, argument))
            if len(underway) >= self._most():
                yield self._result(underway)
        while underway:
            yield self._result(underway)

    def _result(self, underway: deque[Future]) -> Any:
        self._wait(list(underway)[:1])
        return self._value(underway.popleft())

    def finished(
        self, function: Callable[[Argument], Result], arguments: Sequence[Argument]
    ) -> Iterator[tuple[int, Result]]:
        """Call a function with each argument; yields results with their numbers as they end.

        Raises:
            RequestError: no worker is left, or workers die of the work.
            Exception: what the function raised.
        """
        numbers: dict[Future, int] = {}
        waiting = iter(range(len(arguments)))
        while True:
            for number in waiting:
                numbers[self._submit(function, arguments[number])] = number
                if len(numbers) >= self._most():
                    break
            if not numbers:
                return
            for future in self._wait(list(numbers)):
                number, value = numbers.pop(future), self._value(future)
                future.release()  # else it is made again if its worker dies before the next one
                yield number, value

    def sweep(
        self, points: Sequence[Point], *, limits: Limits = DEFAULT_LIMITS
    ) -> Iterator[tuple[int, dict[str, Any] | Failure]]:
        """As `costmodel.flow.measure.sweep`, there; answers are kept in this machine's cache."""
        work = [(point, limits) for point in points]
        for number, (question, answer) in self.finished(_measured, work):
            if question is not None:
                store("synthesis", question, answer)
            yield number, answer

    def _most(self) -> int:
        return _AHEAD * max(1, self.threads())

    def threads(self) -> int:
        """Of all workers: pieces of work that are done at a time."""
        threads: Any = self._client.nthreads()  # this client is no coroutine's
        return sum(threads.values())

    def _submit(self, function: Callable[[Any], Any], argument: Any) -> Future:
        return self._client.submit(function, argument, pure=False)

    def _wait(self, futures: list[Future]) -> list[Future]:
        """Those of some futures that have ended, at least one."""

        def ended() -> list[Future]:
            with self._client.as_current():
                wait(futures, timeout=_POLL_S, return_when="FIRST_COMPLETED")
            return [future for future in futures if future.status != "pending"]

        return self._patiently(ended)

    def _value(self, future: Future) -> Any:
        """What a future that has ended holds; made again if the worker that keeps it has died."""
        try:
            if future.status == "error":
                return future.result()
            return self._patiently(lambda: future.result(timeout=_POLL_S))
        except KilledWorker as error:
            raise RequestError(
                f"the workers at {self._address} die of the work, most likely for want of memory"
            ) from error

    def _patiently(self, ask: Callable[[], Result]) -> Result:
        """Ask the scheduler until an answer comes in time, as long as there are workers."""
        alone = 0.0
        while True:
            try:
                return ask()
            except TimeoutError:
                alone = 0.0 if self.threads() else alone + _POLL_S
                if alone >= self._patience:
                    raise RequestError(
                        f"no worker is left at {self._address}: start some and run the same command"
                        " again"
                    ) from None


def _measured(
    work: tuple[Point, Limits],
) -> tuple[dict[str, Any] | None, dict[str, Any] | Failure]:
    """On a worker: the question to keep an answer under, and the answer."""
    point, limits = work
    try:
        figures = measure(point, limits=limits)
    except RequestError as error:
        return None, Failure(str(error))
    return point.question | asdict(limits), figures
