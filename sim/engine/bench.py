"""How matrix engines are fed and judged (`sim.family.Bench`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hw.engine import MatrixEngine
from hw.errors import RequestError
from hw.formats import Float, Integer
from sim.data_files import Arrays
from sim.engine.data import directed_products, random_products, typical_products
from sim.engine.golden import Product, Tile, part_values, tiles, values
from sim.family import Results, Stimulus
from sim.fma.bench import WAIVERS as FUSED
from sim.formats import encode
from sim.rounds import Simulation
from sim.words import Words, beside, pack, unpack

__all__ = ["BENCH"]

#: Warnings that the Verilog may give (`sim.lint`), and why: those of multiply-adds, and others.
WAIVERS = FUSED | {
    f'lint_off -rule UNUSEDSIGNAL -file "*" -match "*: \'{signal}\'*"': reason
    for signal, reason in {
        "element*_activation_out": "the last column passes its activations on to nobody",
        "element*_swap_out": "likewise",
    }.items()
}
_VECTORS = 64  # of random work, if nobody says how many


@dataclass(frozen=True)
class Given:
    """A user's matrix product (`sim.family.Dataset`).

    Where sums may enter, each tile along the inputs is a stage, which starts with the sums that the
    hardware gave in the stage before.

    Attributes:
        product: the whole of it.
        stages: how many there are.
        along: inputs of a stage.
    """

    product: Product
    stages: int
    along: int

    def work(self, unit: MatrixEngine, stage: int, before: Results) -> list[Product]:
        """A stage's product."""
        product = self.product
        product.check(unit)
        part = slice(stage * self.along, (stage + 1) * self.along)
        initial = before[0][0] if before else product.initial
        finished = stage == self.stages - 1 or not unit.keeps_sums
        return [Product(product.a[:, part], product.b[part], initial, finished)]


class EngineBench:
    """Pieces of work are `sim.engine.golden.Product`; results are words, (parts, batch, outputs).

    There is one part where sums may enter; else one for each tile along the inputs, to be added up.
    """

    waivers: Mapping[str, str] = WAIVERS

    def random(
        self, unit: MatrixEngine, vectors: int | None, seed: int, *, typical: bool = False
    ) -> list[Product]:
        """See `sim.engine.data`; a vector is a row of activations, whatever it is multiplied by."""
        made = typical_products if typical else random_products
        return made(unit, _VECTORS if vectors is None else vectors, np.random.default_rng(seed))

    def vectors_in(self, unit: MatrixEngine, cycles: int) -> int:
        """One a cycle, typically."""
        return max(1, cycles - unit.latency - unit.rows)

    def small(self, unit: MatrixEngine, cycles: int) -> tuple[MatrixEngine, list[Product]]:
        """The circuit does not know how much work there is."""
        return unit, self.random(unit, self.vectors_in(unit, cycles), 0, typical=True)

    def directed(self, unit: MatrixEngine, seed: int) -> list[Product]:
        """See `sim.engine.data.directed_products`."""
        return directed_products(unit, np.random.default_rng((seed, 1)))

    def drive(
        self, unit: MatrixEngine, work: Sequence[Product], *, skip_zero_tiles: bool = False
    ) -> Stimulus:
        """See `sim.family.Bench.drive`."""
        if skip_zero_tiles:
            raise RequestError("a matrix_engine leaves no tiles out")
        for product in work:
            product.check(unit)
        passed = [tile for product in work for tile in tiles(unit, product)]
        a, b = unit.factors
        rows = np.concatenate([tile.a for tile in passed])
        inputs = {
            "weights": pack(np.concatenate([tile.b for tile in passed]), b.bits),
            "activations": beside(pack(rows, a.bits), unit.rows * a.bits, _flags(unit, passed)),
        }
        if unit.initial:
            inputs["initial"] = pack(
                np.concatenate([tile.initial for tile in passed]), unit.sum_bits
            )
        results = pack(np.concatenate([tile.results for tile in passed]), unit.result_bits)
        return Stimulus(
            inputs={name: Words.of(words) for name, words in inputs.items()},
            outputs={"results": Words.of(results)},
            starter="weights",
            cycles=unit.cycles(tuple(len(tile.a) for tile in passed)),
            operations=sum(int(np.prod(product.shape)) for product in work),
            vectors=sum(product.shape[0] for product in work),
        )

    def results(
        self, unit: MatrixEngine, words: Mapping[str, NDArray[np.uint8]], work: Sequence[Product]
    ) -> Results:
        """Words of each product's results."""
        whole = unpack(words["results"], unit.result_bits, unit.columns)
        whole &= (1 << unit.result_bits) - 1
        pieces, start = [], 0
        for product in work:
            batch, inputs, outputs = product.shape
            along, blocks = -(-inputs // unit.rows), -(-outputs // unit.columns)
            end = start + blocks * along * batch
            parts = whole[start:end].reshape(blocks, along, batch, unit.columns)
            parts = parts[:, -1:] if unit.initial else parts
            wide = parts.transpose(1, 2, 0, 3).reshape(-1, batch, blocks * unit.columns)
            pieces.append(wide[:, :, :outputs])
            start = end
        return tuple(pieces)

    def golden(self, unit: MatrixEngine, work: Sequence[Product]) -> Results:
        """See `sim.family.Bench.golden`."""
        for product in work:
            product.check(unit)
        return tuple(values(unit, product)[0] for product in work)

    def load(
        self,
        unit: MatrixEngine,
        arrays: Arrays,
        place: str,
        *,
        vectors: int | None = None,
        seed: int = 0,
    ) -> Given:
        """The arrays of a matrix product.

        They are ``activations`` (batch, inputs), ``weights`` (inputs, outputs) and, where sums may
        enter and do not start at 0, words ``initial`` (batch, outputs). Floats are rounded to the
        formats. Integers are numbers of integer formats, and codes of floats.
        """
        del seed
        if vectors is not None:
            raise RequestError(
                f"{place} has activations: leave out --vectors, which counts random ones"
            )
        if arrays.keys() - {"initial"} != {"activations", "weights"}:
            raise RequestError(
                f"{place} must hold the arrays activations, weights and, if sums do not start at"
                " 0, initial"
            )
        a, b = (
            _codes(form, arrays[name], f"{name} of {place}")
            for name, form in zip(("activations", "weights"), unit.factors, strict=True)
        )
        initial = arrays.get("initial")
        if initial is not None and initial.dtype.kind not in "iu":
            raise RequestError(f"initial of {place} is {initial.dtype} where words are wanted")
        product = Product(a, b, None if initial is None else initial.astype(np.int64))
        product.check(unit)
        inputs = a.shape[1]
        along = unit.rows if unit.initial else inputs
        return Given(product, -(-inputs // along), along)

    def arrays(
        self, unit: MatrixEngine, simulations: Sequence[Simulation], dataset: Given
    ) -> dict[str, NDArray[Any]]:
        """``results`` (batch, outputs): what the sums are worth; their ``words`` (parts, ..)."""
        del dataset
        words = simulations[-1].results[0]
        return {"results": part_values(unit, words, finished=True), "words": words}

    def findings(
        self, unit: MatrixEngine, simulations: Sequence[Simulation], dataset: Given | None
    ) -> dict[str, Any]:
        """How busy the elements were."""
        del dataset
        cycles = sum(run.cycles for run in simulations)
        operations = sum(run.operations for run in simulations)
        return {"utilisation": operations / (cycles * unit.operations_per_cycle)}


def _flags(unit: MatrixEngine, passed: Sequence[Tile]) -> NDArray[np.bool_]:
    """Of each row of activations: the first one of its tile; the last one of its sums."""
    first = [row == 0 for tile in passed for row in range(len(tile.a))]
    last = [tile.finished for tile in passed for _ in tile.a]
    return np.array([first, last] if unit.keeps_sums else [first]).T


def _codes(form: Float | Integer, array: NDArray[Any], place: str) -> NDArray[np.int64]:
    """Codes of a user's matrix.

    Raises:
        RequestError: it has other numbers than the format.
    """
    if isinstance(form, Float) and array.dtype.kind == "f":
        return encode(form, array.astype(np.float64)).astype(np.int64)
    if array.dtype.kind not in "iu":
        raise RequestError(f"{place} is {array.dtype} where {form.name} wants integers")
    codes = array.astype(np.int64)
    if isinstance(form, Float) or not codes.size:
        return codes
    if codes.min() < form.minimum or codes.max() > form.maximum:
        raise RequestError(
            f"{place} has numbers from {codes.min()} to {codes.max()}, and {form.name} has"
            f" {form.minimum} to {form.maximum}"
        )
    return codes % (1 << form.bits)


BENCH = EngineBench()
