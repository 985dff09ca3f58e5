"""Workloads: the matrix products that size a ternary core."""

from __future__ import annotations

from dataclasses import dataclass

from hw.errors import check_integer

__all__ = ["Workload"]


@dataclass(frozen=True, kw_only=True)
class Workload:
    """The largest matrix product that a core must carry: what sizes accumulators and counters.

    Attributes:
        inputs: N, weights that one output sums, 1 to 2**20.
        outputs: M, outputs of one activation vector, 1 to 2**20.
        batch: activation vectors, 1 to 2**20.
        bias_limit: largest absolute bias (the layer's own, without corrections), 0 to 2**31.

    Raises:
        RequestError: a value is out of its range.
    """

    inputs: int
    outputs: int
    batch: int = 1
    bias_limit: int = 0

    def __post_init__(self) -> None:
        for name, low, high in (
            ("inputs", 1, 1 << 20),
            ("outputs", 1, 1 << 20),
            ("batch", 1, 1 << 20),
            ("bias_limit", 0, 1 << 31),
        ):
            check_integer(f"workload.{name}", getattr(self, name), low, high)
