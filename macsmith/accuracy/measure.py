"""What an arithmetic makes of a task."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from hw.errors import CheckError
from macsmith.accuracy.tasks import Task
from sim.arithmetics import Arithmetic, Matrix

__all__ = ["measure"]


def measure(
    task: Task,
    arithmetic: Arithmetic,
    reference: Any,
    step: Callable[[], None] = lambda: None,
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Run a task's model with all of its matrix products in an arithmetic.

    Args:
        task: what is done.
        arithmetic: computes all matrix products.
        reference: what the task gives in float32.
        step: called after each matrix product.

    Returns:
        Rows with ``task``, ``metric``, ``reference`` and ``value``; and what the run took: matrix
        products, multiplications, seconds of this process.

    Raises:
        CheckError: results are no numbers: the arithmetic overflowed.
    """
    counted = {"products": 0, "multiplications": 0}

    def product(x: Matrix, y: Matrix) -> Matrix:
        values = arithmetic.product(x, y)
        if not np.isfinite(values).all():
            raise CheckError(
                "a sum of the model is no number any more: the arithmetic overflows, or meets NaN;"
                " a format of sums that saturates (+saturate), or a wider one, does not"
            )
        counted["products"] += 1
        counted["multiplications"] += x.size * y.shape[-1]
        step()
        return values

    start = time.process_time()
    given = task.run(product)
    rows = [
        {"task": task.name, "metric": metric, "reference": old, "value": new}
        for metric, (old, new) in task.metrics(reference, given).items()
    ]
    return rows, counted | {"cpu_seconds": time.process_time() - start}
