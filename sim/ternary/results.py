"""Words of results and of scales: what an exit takes, and what comes out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hw.ternary import (
    ExitPlan,
    TernaryConfiguration,
)
from hw.ternary.choices import Scale
from sim.job import Level
from sim.ternary.exit import float_values
from sim.ternary.product import Product, pad
from sim.words import Words, beside, pack, unpack

__all__ = ["corrupt_level", "result_values", "result_words", "results_of", "scale_words"]


def scale_words(plan: ExitPlan, scales: NDArray[np.integer], blocks: int, batch: int) -> Words:
    """The beats of the scales of a product, in the order of its sums."""
    if plan.scale is Scale.TENSOR:
        return Words(pack(scales[:, None], plan.scale_bits), np.repeat(np.arange(batch), blocks))
    scales = pad(np.atleast_2d(scales), 1, blocks * plan.columns)
    groups = len(scales)
    beats = scales.reshape(groups, blocks, plan.columns).swapaxes(0, 1)
    beats = pad(beats, 2, plan.beats * plan.units).reshape(-1, plan.units)
    words = pack(beats, plan.scale_bits)
    if plan.grouped:
        last = np.arange(len(beats)) // plan.beats % groups == groups - 1
        words = beside(words, plan.units * plan.scale_bits, last[:, None])
    return Words(words, np.tile(np.arange(len(beats)), batch))


def result_words(configuration: TernaryConfiguration, product: Product) -> NDArray[np.uint8]:
    """Words of the results of a padded product, with the flags above them that they must have."""
    c, plan = configuration, configuration.exit_plan
    results = product.results(c)
    if plan is None:
        words = pack(results.reshape(-1, c.sums), c.accumulator_bits)
        if c.reports_corrupt:
            flags = np.tile(product.met_corrupt().reshape(-1, c.columns), (len(results), 1))
            words = beside(words, c.columns * c.accumulator_bits, flags)
        return words
    blocks = results.reshape(len(results), -1, c.columns)
    # what comes out beyond the last column is what a column without weights gives
    scales = product.scales
    if scales is not None and c.scale is not Scale.TENSOR:
        scales = np.zeros((*scales.shape[:-1], 1), scales.dtype)
    empty = Product(
        product.activations,
        np.zeros_like(product.weights[:, :1]),
        np.zeros_like(product.bias[:1]),
        scales,
    )
    missing = (*blocks.shape[:2], plan.beats * plan.units - c.columns)
    spare = np.broadcast_to(empty.results(c)[:, :, None], missing)
    beats = np.concatenate([blocks, spare], axis=2).reshape(-1, plan.units)
    return pack(beats, plan.result_bits)


def corrupt_level(configuration: TernaryConfiguration, products: Sequence[Product]) -> Level | None:
    """What the port ``corrupt`` must show behind an exit; None for a core without it."""
    c, plan = configuration, configuration.exit_plan
    if plan is None or not c.reports_corrupt:
        return None
    values, passed = [0], [0]
    for product in products:
        inputs, outputs, batch = product.shape
        groups = c.groups(inputs)
        met = pad(product.met_corrupt(groups), 1, c.blocks(outputs) * c.columns)
        flags = met.reshape(groups, -1, c.columns).swapaxes(0, 1)  # [block][group][column]
        for of_result in [*flags] * batch:
            for flag in of_result:
                values.append(values[-1] | sum(1 << int(k) for k in np.flatnonzero(flag)))
            passed += [passed[-1]] * (plan.beats - 1) + [passed[-1] + groups]
    return Level("corrupt", "results", values, passed, ahead=2 * plan.beats)


def results_of(
    configuration: TernaryConfiguration, words: NDArray[np.uint8], products: Sequence[Product]
) -> list[NDArray[np.int64]]:
    """Read a core's result words back as one array for each product, shaped as `Product.results`.

    Results are integers, or the codes of floats (not negative).
    """
    c, plan = configuration, configuration.exit_plan
    if plan is None:
        sums = unpack(words, c.accumulator_bits, c.sums)
    else:
        sums = unpack(words, plan.result_bits, plan.units)
        sums = sums.reshape(-1, plan.beats * plan.units)[:, : c.columns]
    if c.result_format:
        sums &= (1 << c.result_format.bits) - 1
    results = []
    for product in products:
        _, outputs, batch = product.shape
        count = c.blocks(outputs) * batch
        of_vectors = sums[:count].reshape(batch, -1, *product.bias.shape[1:])
        results.append(of_vectors[:, :outputs])
        sums = sums[count:]
    return results


def result_values(
    configuration: TernaryConfiguration, results: NDArray[np.int64]
) -> NDArray[np.int64] | NDArray[np.float64]:
    """Results as numbers: integers as they are, of floats what their codes stand for."""
    form = configuration.result_format
    return float_values(form, results) if form else results
