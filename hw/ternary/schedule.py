"""What matrix products take on a core: cycles, traffic and storage, without a simulation.

The order of the tiles decides how often a word is sent. With ``loop = reduction`` (vector, block,
tile) a vector's activations are sent once for each block of outputs; with ``loop = table`` (vector,
tile, block) once. In both the weights and initial values are sent once for each vector, because the
core has no memory for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from hw.errors import RequestError, check_integer
from hw.schedule import Schedule, Shape, Traffic
from hw.ternary.choices import Loop, Scale, Style
from hw.ternary.table import alike_in_lowest_bit

if TYPE_CHECKING:  # a configuration knows its schedule
    from hw.ternary.configuration import TernaryConfiguration

__all__ = ["check_product", "check_skipping", "schedule"]


def schedule(
    configuration: TernaryConfiguration,
    products: Sequence[Shape],
    kept_tiles: Sequence[int] | None = None,
) -> Schedule:
    """The schedule of matrix products.

    Args:
        configuration: the core's.
        products: inputs, outputs and batch of each, at least one, within the workload.
        kept_tiles: tiles of weights that remain of each product where those that are all zero are
            left out (`sim.ternary.sparsity.kept_tiles`); each sum keeps one at least. None leaves
            out none.

    Raises:
        RequestError: the core does not carry a product, or cannot leave tiles out.
    """
    c = configuration
    if not products:
        raise RequestError("a schedule wants at least one product: inputs, outputs and batch")
    for product in products:
        check_product(c, product)
    all_tiles = [c.tiles(inputs) * c.blocks(outputs) * c.planes for inputs, outputs, _ in products]
    tiles = all_tiles
    if kept_tiles is not None:
        check_skipping(c)
        if len(kept_tiles) != len(products):
            raise RequestError(f"{len(kept_tiles)} counts of tiles for {len(products)} products")
        for kept, count, (_, outputs, _) in zip(kept_tiles, all_tiles, products, strict=True):
            check_integer("kept_tiles", kept, c.blocks(outputs), count)
        tiles = list(kept_tiles)
    per_product = [
        _traffic(c, product, kept) for product, kept in zip(products, tiles, strict=True)
    ]
    cycles = c.cycles(*products)
    for (_, _, batch), count, kept in zip(products, all_tiles, tiles, strict=True):
        cycles -= (count - kept) * batch
    batches = [batch for _, _, batch in products]
    stored = sum(parts["weights"].distinct for parts in per_product)
    run = sum(kept * batch for kept, batch in zip(tiles, batches, strict=True))
    return Schedule(
        products=tuple(products),
        cycles=cycles,
        tiles=run,
        weights=sum(inputs * outputs * batch for inputs, outputs, batch in products),
        slots=run * c.tile_inputs * c.columns,
        traffic={
            stream: _together(streams[stream] for streams in per_product)
            for stream in per_product[0]
        },
        registers=_registers(c),
        weight_bits=stored * c.luts * c.columns * c.key_bits,
        buffers={
            stream: max(
                _buffer_words(stream, streams[stream], batch) * streams[stream].word_bits
                for streams, batch in zip(per_product, batches, strict=True)
            )
            for stream in ("activations", "weights", "initial")
        },
    )


def check_product(configuration: TernaryConfiguration, shape: Shape) -> None:
    """See that a core carries products of a shape.

    Raises:
        RequestError: it is larger than what of the workload sizes the circuit: the inputs always,
            outputs with a sequencer or ``loop = table``, the batch with a sequencer.
    """
    c = configuration
    sizing = {"inputs": True, "outputs": c.sequencer or c.loop is Loop.TABLE, "batch": c.sequencer}
    for (name, sizes), size in zip(sizing.items(), shape, strict=True):
        check_integer(name, size, 1, 1 << 20)
        limit = getattr(c.workload, name)
        if size > limit and sizes:
            raise RequestError(
                f"the data has {size} {name}, more than workload.{name} = {limit}"
                f" (--set workload.{name}={size} sizes the core for it)"
            )


def check_skipping(configuration: TernaryConfiguration) -> None:
    """See that tiles of zeros can be left out: what counts tiles must not be in the core.

    Raises:
        RequestError: they cannot.
    """
    c = configuration
    if c.sequencer or c.loop is not Loop.REDUCTION or c.style is not Style.INTEGER or c.result:
        raise RequestError(
            "tiles of zeros can be left out only where flags mark a sum's first and last tile, and"
            " sums may follow at any distance: with sequencer = false, loop = 'reduction', style ="
            " 'integer' and no result format"
        )


def _traffic(c: TernaryConfiguration, product: Shape, kept: int) -> dict[str, Traffic]:
    """Traffic of one product of which ``kept`` tiles of weights remain."""
    inputs, outputs, batch = product
    tiles, blocks = c.tiles(inputs), c.blocks(outputs)
    sums = blocks * c.groups(inputs)  # of a vector
    flags = 0 if c.sequencer else 2 + (c.loop is Loop.TABLE or c.planes > 1)
    sums_bits = c.sums * c.accumulator_bits
    sent = tiles if c.loop is Loop.TABLE else kept
    tile_bits = c.tile_inputs * c.lane.parts * c.activation.bits
    # tiles that stand for sums that are not there
    idle = tiles * (c.turns(blocks * batch) - blocks * batch)
    if c.style is Style.ALIGNED:  # with the block's exponent
        tile_bits += c.arithmetic.number.exponent_bits
    traffic = {
        "activations": Traffic(sent * batch + idle, tile_bits, tiles * batch),
        "weights": Traffic(
            kept * batch + idle, c.columns * c.words * c.word_bits + flags, kept + bool(idle)
        ),
        # in style ``aligned`` they are in units of a vector's own block
        "initial": Traffic(
            sums * batch, sums_bits, sums * (batch if c.style is Style.ALIGNED else 1)
        ),
    }
    plan = c.exit_plan
    if plan is None:
        noted = c.columns if c.reports_corrupt else 0
        return traffic | {"results": Traffic(blocks * batch, sums_bits + noted, blocks * batch)}
    if plan.scaled:
        beats = sums * plan.beats
        scale_bits = plan.units * plan.scale_bits + plan.grouped
        traffic["scales"] = Traffic(beats * batch, scale_bits, beats)
        if plan.scale is Scale.TENSOR:
            traffic["scales"] = Traffic(blocks * batch, plan.scale_bits, batch)
    results = blocks * plan.beats * batch
    return traffic | {"results": Traffic(results, plan.units * plan.result_bits, results)}


def _together(parts: Iterable[Traffic]) -> Traffic:
    listed = list(parts)
    return Traffic(
        sum(traffic.words for traffic in listed),
        listed[0].word_bits,
        sum(traffic.distinct for traffic in listed),
    )


def _buffer_words(stream: str, traffic: Traffic, batch: int) -> int:
    """Words to be kept because they are sent again."""
    if traffic.words == traffic.distinct:
        return 0
    return traffic.distinct // batch if stream == "activations" else traffic.distinct


def _registers(c: TernaryConfiguration) -> dict[str, int]:
    """Bits of data in registers; control takes a few more."""
    if c.style is Style.FLOAT:  # the registers inside adders are not counted
        table = len(c.entries) * c.term_bits
        reduced = c.term_bits
        accumulators = c.columns * c.accumulator_bits * c.interleave
    else:
        lowest = len(alike_in_lowest_bit(c.entries))
        table = lowest + sum(entry.bits - 1 for entry in c.entries)
        reduced = c.reduced_bits
        accumulators = c.sums * (c.term_lsb + c.accumulator_bits)
    return {
        "accumulators": accumulators,
        "partial_sums": c.sums * c.partial_sums * c.accumulator_bits,
        "tables": c.luts * table if c.table_register else 0,
        "reduced": c.sums * reduced if c.reduce_register else 0,
    }
