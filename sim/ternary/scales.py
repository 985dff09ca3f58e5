"""Random scales that make a core's results use the whole of their format."""

from __future__ import annotations

from fractions import Fraction
from math import log2

import numpy as np
from numpy.typing import NDArray

from hw.formats import Fixed, Integer
from hw.ternary import TernaryConfiguration
from hw.ternary.choices import Scale

__all__ = ["random_scales"]

_ANY_CODE = 1 / 8  # of the scales


def random_scales(
    configuration: TernaryConfiguration, shape: tuple[int, int, int], rng: np.random.Generator
) -> NDArray[np.int64] | None:
    """Scales for a product of a shape, or None for a core that takes none.

    Most of them spread, over six octaves, around the one that brings a usual sum of the workload to
    an eighth of an integer result's range, or to 1 for a float; one in eight is any code: zeros,
    subnormals, infinities and NaN among them.

    Args:
        configuration: the core's.
        shape: inputs, outputs, batch.
        rng: where the random numbers come from.
    """
    plan = configuration.exit_plan
    if plan is None or plan.scale_format is None:
        return None
    inputs, outputs, batch = shape
    size = {
        Scale.TENSOR: (batch,),
        Scale.COLUMN: (outputs,),
        Scale.GROUP: (configuration.groups(inputs), outputs),
    }[plan.scale]
    usual = log2(max(1, plan.total)) - log2(max(1, configuration.workload.inputs)) / 2
    usual += plan.exponents[0]
    if plan.sums is not None:  # near normal activations
        usual = log2(configuration.workload.inputs) / 2
    aim = plan.result.bits - 3 if isinstance(plan.result, Integer) else 0
    spread = np.exp2(aim - usual + rng.uniform(-3, 3, size))
    form = plan.scale_format
    if isinstance(form, Fixed):
        wanted = np.round(np.ldexp(spread, form.fraction_bits))
        codes = np.clip(wanted, 1, form.largest_code).astype(np.int64)
    else:
        least = float(Fraction(2) ** (1 - form.bias))
        exponent = np.floor(np.log2(np.maximum(spread, least)))
        fields = np.clip(exponent + form.bias, 1, form.largest_field).astype(np.int64)
        fractions = rng.integers(0, 1 << form.fraction_bits, size)
        signs = rng.integers(0, 2, size) << form.bits - 1
        codes = signs | fields << form.fraction_bits | fractions
    any_code = rng.integers(0, 1 << plan.scale_bits, size)
    return np.where(rng.random(size) < _ANY_CODE, any_code, codes)
