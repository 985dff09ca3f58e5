"""Workloads: the matrix products that size a ternary core."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

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
        nonzeros: the most non-zero weights of an output, 0 (not known: all) to ``inputs``. Where
            the weights are known it narrows the accumulators: a sum is bounded by the L1 norm of
            its weights times the largest activation (A2Q: Colbert, Pappalardo, Petri-Koenig, ICCV
            2023), and that of ternary weights is the number of those that are not 0.

    Raises:
        RequestError: a value is out of its range.
    """

    inputs: int
    outputs: int
    batch: int = 1
    bias_limit: int = 0
    nonzeros: int = 0

    def __post_init__(self) -> None:
        for name, low, high in (
            ("inputs", 1, 1 << 20),
            ("outputs", 1, 1 << 20),
            ("batch", 1, 1 << 20),
            ("bias_limit", 0, 1 << 31),
        ):
            check_integer(f"workload.{name}", getattr(self, name), low, high)
        check_integer("workload.nonzeros", self.nonzeros, 0, self.inputs)

    @property
    def most_nonzeros(self) -> int:
        """The most non-zero weights of an output that there may be."""
        return self.nonzeros or self.inputs

    def limits(self) -> dict[str, Any]:
        """The limits as a design file states them; ``nonzeros`` only where it is known."""
        limits = asdict(self)
        if not self.nonzeros:
            del limits["nonzeros"]
        return limits
