"""`macsmith accuracy`: from what was asked to an answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from hw.errors import RequestError
from macsmith.accuracy.measure import measure
from macsmith.accuracy.names import arithmetic_of
from macsmith.accuracy.tasks import Digits, Sentences, Task, find_model
from sim.arithmetics import Single

__all__ = ["run"]


def run(
    name: str,
    task: str | None = None,
    pairs: int | None = None,
    assignments: Sequence[str] = (),
) -> dict[str, Any]:
    """Run a task with an arithmetic, and tell of it on a terminal.

    Args:
        name: of the arithmetic, or of a design.
        task: ``sentences`` or ``digits``; the first one without, if its model is here.
        pairs: of sentences, fewer than there are.
        assignments: ``key=value`` texts that override a design's parameters.

    Returns:
        The arithmetic, what it is, the task, its ``results`` (`measure`) and what they took.

    Raises:
        RequestError: there is no such arithmetic, or the task cannot be done here.
        CheckError: the arithmetic overflowed.
    """
    arithmetic = arithmetic_of(name, assignments)
    if task is None:
        task = "digits" if find_model() is None and pairs is None else "sentences"
    if task == "digits" and pairs is not None:
        raise RequestError(f"--pairs {pairs} is of the task sentences; digits has 360 images")
    chosen: Task = Digits.load() if task == "digits" else Sentences.load(pairs)
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        place = bar.add_task("fp32, the reference", total=chosen.products())
        reference = chosen.run(Single().product)
        bar.update(place, description=name)
        rows, facts = measure(chosen, arithmetic, reference, lambda: bar.advance(place))
    return {
        "arithmetic": name,
        "meaning": arithmetic.meaning,
        "task": task,
        "results": rows,
        **facts,
    }
