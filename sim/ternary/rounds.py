"""Rounds of a bench: products on a core, from its reset to their last results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hw.ternary import TernaryConfiguration
from sim.job import MOST_FAULTS, Job, Outcome
from sim.ternary.directed import directed_products
from sim.ternary.product import Product
from sim.ternary.results import results_of
from sim.ternary.sparsity import kept_tiles
from sim.ternary.streams import Streams, streams

__all__ = ["Round", "Simulation", "directed_rounds", "round_of", "summary"]

_STALL = 0.3
_CYCLES_BEFORE_RESET = (5, 60)  # beyond what fills the pipeline


@dataclass(frozen=True)
class Simulation:
    """What a simulation found.

    Attributes:
        vectors: activation vectors multiplied.
        checked: result words compared with the golden model's.
        mismatches: words that differ, those of directed products too.
        faults: what is wrong, in sentences; empty when all is well.
        cycles: clock cycles from the first transfer that starts work to the last result.
        cycles_per_second: simulated and checked, from reset to the end of the run.
        results: the hardware's results of each product, shape (batch, outputs): integers, or the
            codes of floats.
        directed: of the directed products that came before, without stalls; None if none did.
    """

    vectors: int
    checked: int
    mismatches: int
    faults: tuple[str, ...]
    cycles: int
    cycles_per_second: float
    results: tuple[NDArray[np.int64], ...]
    directed: Simulation | None = None


@dataclass(frozen=True)
class Round:
    """Products that run back to back on a core after its reset.

    Attributes:
        configuration: the core's.
        products: what is multiplied.
        wanted: their streams (`sim.ternary.streams.streams`).
        stall: probability that a stream idles in a cycle, on either side; 0 to 0.95.
        seed: of the stalls.
        prefix: of the ports' names.
        name: what its faults begin with.
        cycles: after which the round ends, whatever is left to do; 0: when all is done.
        skip_zero_tiles: the streams leave tiles of zero weights out.
    """

    configuration: TernaryConfiguration
    products: Sequence[Product]
    wanted: Streams
    stall: float = 0.0
    seed: int = 0
    prefix: str = ""
    name: str = ""
    cycles: int = 0
    skip_zero_tiles: bool = False

    @property
    def stated(self) -> int | None:
        """The cycles that the products must take; None with stalls."""
        if self.stall or self.cycles:
            return None
        c, shapes = self.configuration, [product.shape for product in self.products]
        if not self.skip_zero_tiles:
            return c.cycles(*shapes)
        kept = [int(kept_tiles(c, product.weights).sum()) for product in self.products]
        return c.schedule(shapes, kept).cycles

    @property
    def job(self) -> Job:
        """What the bench is to do."""
        inputs, level, prefix = self.wanted.inputs, self.wanted.level, self.prefix
        return Job(
            inputs={f"{prefix}{name}": words.integers() for name, words in inputs.items()},
            output=f"{prefix}results",
            expected=self.wanted.results.integers(),
            stall=self.stall,
            patience=round(100 / (1 - self.stall)),
            seed=self.seed,
            level=level and replace(level, port=f"{prefix}{level.port}"),
            cycles=self.cycles,
        )

    def judged(self, outcome: Outcome) -> Simulation:
        """What the outcome of the job means."""
        faults, stated = outcome.faults, self.stated
        starter = "command" if self.configuration.sequencer else "activations"
        start = outcome.first_transfer.get(f"{self.prefix}{starter}", 0)
        cycles = outcome.last_transfer.get(f"{self.prefix}results", 0) - start + 1
        if not faults and stated is not None and cycles != stated:
            faults = [f"it took {cycles} cycles, not the stated {stated}"]
        word_bytes = self.wanted.results.table.shape[1]
        received = np.frombuffer(
            b"".join(word.to_bytes(word_bytes, "little") for word in outcome.words), dtype=np.uint8
        ).reshape(-1, word_bytes)
        complete = len(received) == len(self.wanted.results)
        results = results_of(self.configuration, received, self.products) if complete else ()
        return Simulation(
            vectors=sum(len(product.activations) for product in self.products),
            checked=outcome.checked,
            mismatches=outcome.mismatches,
            faults=tuple(f"{self.name}: {fault}" if self.name else fault for fault in faults),
            cycles=cycles,
            cycles_per_second=outcome.cycles / outcome.seconds,
            results=tuple(results),
        )


def round_of(
    configuration: TernaryConfiguration, products: Sequence[Product], **settings: Any
) -> Round:
    """The round of products that a core carries, with what of `Round` is not to be as by default.

    Raises:
        RequestError: the core does not carry a product, or cannot leave tiles out.
    """
    for product in products:
        product.check(configuration)
    skip = settings.get("skip_zero_tiles", False)
    wanted = streams(configuration, products, skip_zero_tiles=skip)
    return Round(configuration, products, wanted, **settings)


def directed_rounds(
    configuration: TernaryConfiguration, seed: int, prefix: str = ""
) -> list[Round]:
    """What comes before any other data: rounds of `directed_products`, of the first a whole one.

    In the first no stream stalls. Then come two that are cut off, so that the reset of the next one
    finds the core at work, and one of a third of the products in which all streams stall.
    """
    c = configuration
    rng = np.random.default_rng((seed, 2))
    products = directed_products(c, seed)
    whole = round_of(c, products, seed=seed, prefix=prefix, name="directed products")
    cuts = (c.latency + rng.integers(*_CYCLES_BEFORE_RESET, size=2)).tolist()
    again = {"seed": seed, "prefix": prefix, "stall": _STALL}
    return [
        whole,
        *(replace(whole, cycles=cut, stall=_STALL * i) for i, cut in enumerate(cuts)),
        round_of(c, products[seed % 3 :: 3], name="directed products with stalls", **again),
    ]


def summary(simulations: Sequence[Simulation]) -> Simulation:
    """What directed rounds and the round after them found, in one.

    Args:
        simulations: of `directed_rounds`, if there were any, and of the other round.
    """
    *directed, last = simulations
    if not directed:
        return last
    faults = [fault for each in simulations for fault in each.faults]
    return replace(
        last,
        mismatches=sum(each.mismatches for each in simulations),
        faults=tuple(faults[:MOST_FAULTS]),
        directed=directed[0],
    )
