"""How ternary cores are fed and judged (`sim.family.Bench`): matrix products."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hw.errors import RequestError
from hw.ternary import TernaryConfiguration
from hw.ternary.choices import Style
from sim.data_files import Arrays
from sim.family import Results, Stimulus
from sim.rounds import Simulation
from sim.ternary.directed import directed_products
from sim.ternary.network import Layer, Network, accuracy, network_of
from sim.ternary.product import Product
from sim.ternary.random_data import random_product, with_activations
from sim.ternary.results import result_values, results_of
from sim.ternary.sparsity import kept_tiles, most_nonzeros, needed_bits
from sim.ternary.streams import streams
from sim.ternary.waivers import WAIVERS

__all__ = ["BENCH"]


class TernaryBench:
    """Pieces of work are `sim.ternary.product.Product`; a dataset is a `Network`."""

    waivers: Mapping[str, str] = WAIVERS

    def random(
        self,
        unit: TernaryConfiguration,
        vectors: int | None,
        seed: int,
        *,
        typical: bool = False,
    ) -> tuple[Product, ...]:
        """Products of the workload's shape (`sim.ternary.random_data.random_product`).

        Each takes as many of the vectors as the workload's batch allows.
        """
        rng = np.random.default_rng(seed)
        workload = unit.workload
        total = workload.batch if vectors is None else vectors
        return tuple(
            random_product(
                unit,
                (workload.inputs, workload.outputs, min(workload.batch, total - start)),
                rng,
                typical=typical,
            )
            for start in range(0, total, workload.batch)
        )

    def vectors_in(self, unit: TernaryConfiguration, cycles: int) -> int:
        """See `sim.family.Bench.vectors_in`."""
        tiles = unit.tiles(unit.workload.inputs) * unit.blocks(unit.workload.outputs)
        return max(1, round(cycles / tiles))

    def small(
        self, unit: TernaryConfiguration, cycles: int
    ) -> tuple[TernaryConfiguration, Sequence[Product]]:
        """As many outputs of one vector as take so long: the workload may have far more."""
        blocks = max(1, cycles // (unit.tiles(unit.workload.inputs) * unit.planes))
        outputs = min(unit.workload.outputs, blocks * unit.columns)
        small = replace(unit, workload=replace(unit.workload, outputs=outputs, batch=1))
        return small, self.random(small, 1, seed=0, typical=True)

    def directed(self, unit: TernaryConfiguration, seed: int) -> tuple[Product, ...]:
        """See `sim.ternary.directed.directed_products`."""
        return directed_products(unit, seed)

    def drive(
        self,
        unit: TernaryConfiguration,
        work: Sequence[Product],
        *,
        skip_zero_tiles: bool = False,
    ) -> Stimulus:
        """See `sim.family.Bench.drive`; the words are those of `sim.ternary.streams.streams`."""
        for product in work:
            product.check(unit)
        wanted = streams(unit, work, skip_zero_tiles=skip_zero_tiles)
        shapes = [product.shape for product in work]
        cycles = unit.cycles(*shapes)
        if skip_zero_tiles:
            kept = [int(kept_tiles(unit, product.weights).sum()) for product in work]
            cycles = unit.schedule(shapes, kept).cycles
        return Stimulus(
            inputs=wanted.inputs,
            outputs={"results": wanted.results},
            starter="command" if unit.sequencer else "activations",
            cycles=cycles,
            operations=sum(inputs * outputs * batch for inputs, outputs, batch in shapes),
            vectors=sum(batch for _, _, batch in shapes),
            level=wanted.level,
        )

    def results(
        self,
        unit: TernaryConfiguration,
        words: Mapping[str, NDArray[np.uint8]],
        work: Sequence[Product],
    ) -> Results:
        """Shape (batch, outputs) each: integers, or the codes of floats."""
        return tuple(results_of(unit, words["results"], work))

    def golden(self, unit: TernaryConfiguration, work: Sequence[Product]) -> Results:
        """See `sim.family.Bench.golden`."""
        for product in work:
            product.check(unit)
        return tuple(product.results(unit) for product in work)

    def load(
        self,
        unit: TernaryConfiguration,
        arrays: Arrays,
        place: str,
        *,
        vectors: int | None = None,
        seed: int = 0,
    ) -> Network:
        """See `sim.ternary.network.network_of`; the core must run data of so many layers.

        Data of a single layer without activations gets random ones.
        """
        if "activations" in arrays and vectors is not None:
            raise RequestError(
                f"{place} has activations: leave out --vectors, which counts random ones"
            )
        drawn = "activations" not in arrays and "weights" in arrays
        if drawn:
            arrays = with_activations(unit, arrays, vectors, np.random.default_rng(seed))
        network = replace(network_of(arrays, place), drawn=drawn)
        network.check(unit)
        return network

    def arrays(
        self, unit: TernaryConfiguration, simulations: Sequence[Simulation], dataset: Network
    ) -> dict[str, NDArray[Any]]:
        """``results``, shape (batch, outputs), or of a network ``results0``, ``results1``, ...

        Integers, or numbers with their codes beside them (``codes``). Drawn activations are there,
        too.
        """
        arrays: dict[str, NDArray[Any]] = {}
        for stage, simulation in enumerate(simulations):
            suffix = str(stage) if dataset.stages > 1 else ""
            (results,) = simulation.results
            arrays[f"results{suffix}"] = result_values(unit, results)
            if unit.result_format:
                arrays[f"codes{suffix}"] = results
        return arrays | ({"activations": dataset.activations} if dataset.drawn else {})

    def findings(
        self,
        unit: TernaryConfiguration,
        simulations: Sequence[Simulation],
        dataset: Network | None,
    ) -> dict[str, Any]:
        """Accuracy where there are labels, kinds of floats, accumulators, what was drawn."""
        answer: dict[str, Any] = {}
        if dataset is not None and dataset.drawn:
            answer["activations"] = "random"
        if dataset is not None and dataset.labels is not None:
            done = len(simulations) == dataset.stages and not simulations[-1].faults
            if done:
                values = result_values(unit, simulations[-1].results[0])
                least = np.nan_to_num(values, nan=-np.inf, posinf=np.inf)  # a NaN wins no class
                answer["accuracy"] = accuracy(least, dataset.labels)
        if unit.result_format:
            answer["results"] = _results(unit, simulations)
        if dataset is not None and unit.style is Style.INTEGER:
            answer["accumulator"] = _accumulator(unit, dataset.layers)
        return answer


def _results(unit: TernaryConfiguration, simulations: Sequence[Simulation]) -> dict[str, Any]:
    """How many of the hardware's results are numbers, where they are floats."""
    form = unit.result_format
    assert form is not None
    values = np.concatenate(
        [
            result_values(unit, result).ravel()
            for simulation in simulations
            for result in simulation.results
        ]
        or [np.empty(0)]
    )
    return {
        "format": form.name,
        "count": len(values),
        "nan": int(np.isnan(values).sum()),
        "infinite": int(np.isinf(values).sum()),
    }


def _accumulator(unit: TernaryConfiguration, layers: Sequence[Layer]) -> dict[str, int]:
    """The width of the accumulators against what the weights and biases of a network take."""
    worst = replace(unit, workload=replace(unit.workload, nonzeros=0), accumulator_bits=0)
    return {
        "bits": unit.accumulator_bits,
        "worst_case_bits": worst.accumulator_bits,
        "needed_bits": max(needed_bits(unit, layer.weights, layer.bias) for layer in layers),
        "most_nonzeros": max(most_nonzeros(layer.weights)[0] for layer in layers),
    }


BENCH = TernaryBench()
