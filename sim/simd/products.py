"""Matrix products as operations of a SIMD unit: a sum a lane, or one of all lanes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hw.errors import RequestError
from hw.formats import Block, Format, Integer
from hw.simd import SimdMac
from hw.simd.configuration import Sums
from sim.formats import encode, quantize
from sim.simd.operations import Operations, sums_of

__all__ = ["product_operations"]

_MOST_OPERATIONS = 1 << 22


def product_operations(
    unit: SimdMac,
    activations: NDArray[np.generic],
    weights: NDArray[np.generic],
    pair: int = 0,
) -> Operations:
    """The operations of ``activations @ weights``, vector after vector.

    Weights are the operand a of the pair, activations the operand b: ``int4*int8`` has weights of 4
    bits. Where the unit sums over lanes,
    an operation takes as many inputs of one output as there are lanes; the last one of a sum is
    filled up with zeros. Else it takes one input of as many outputs as there are lanes, so that the
    last sums of a vector may have lanes of zeros. Of block formats both are quantized along the
    inputs, by the scales that the formats choose; the last block is filled up with zeros.

    Args:
        unit: the configuration.
        activations: integers or floats, shape (batch, inputs); rounded once to their format.
        weights: likewise, shape (inputs, outputs).
        pair: the number of the pair of formats.

    Raises:
        RequestError: shapes do not fit, integers exceed their format, a sum would be longer than
            the unit is made for, or there are too many operations.
    """
    if not 0 <= pair < len(unit.modes):
        raise RequestError(f"pair = {pair} is none of the unit's pairs, 0 to {len(unit.modes) - 1}")
    if activations.ndim != 2 or weights.ndim != 2 or len(weights) != activations.shape[1]:
        raise RequestError(
            f"activations of shape {activations.shape} and weights of shape {weights.shape} do not"
            " fit: they must be (batch, inputs) and (inputs, outputs)"
        )
    if not activations.size or not weights.size:
        raise RequestError("activations and weights must not be empty")
    mode = unit.modes[pair]
    lanes, together = unit.lanes(mode), unit.sums is not Sums.LANES
    batch, inputs = activations.shape
    outputs = weights.shape[1]
    length = -(-inputs // lanes) if together else inputs
    if length > unit.workload.terms:
        raise RequestError(
            f"{inputs} inputs take {length} operations a sum where the unit is made for"
            f" {unit.workload.terms}"
        )
    groups = outputs if together else -(-outputs // lanes)
    if batch * groups * length > _MOST_OPERATIONS:
        raise RequestError(
            f"the product takes {batch * groups * length:,} operations where at most"
            f" {_MOST_OPERATIONS:,} are simulated"
        )
    shape = (batch, groups, length, lanes)
    if mode.blocks is not None:
        sides = zip(
            mode.blocks, ((weights.T, "weights"), (activations, "activations")), strict=True
        )
        (a, scale_a), (b, scale_b) = (
            _blocks(block, *given, length * lanes, lanes) for block, given in sides
        )
        scale_a, scale_b = (
            np.broadcast_to(codes, shape[:3]).ravel() for codes in (scale_a[None], scale_b[:, None])
        )
    else:
        a = _codes(mode.a.form, weights, "weights").T
        b = _codes(mode.b.form, activations, "activations")
        scale_a = scale_b = np.zeros(batch * groups * length, np.int64)
    if together:
        a, b = (_filled(codes, length * lanes).reshape(-1, length, lanes) for codes in (a, b))
    else:
        a = _filled(a.T, groups * lanes).reshape(inputs, groups, lanes).transpose(1, 0, 2)
        b = np.repeat(b[:, :, None], lanes, axis=2)
    given = (np.broadcast_to(codes, shape).reshape(-1, lanes) for codes in (a[None, :], b[:, None]))
    return sums_of(unit, pair, *given, dot=together, length=length, scales=(scale_a, scale_b))


def _blocks(
    block: Block, values: NDArray[np.generic], name: str, size: int, lanes: int
) -> tuple[NDArray[np.integer], NDArray[np.int64]]:
    """Rows of numbers quantized: codes, and the scale of each operation.

    Args:
        block: the format.
        values: shape (rows, inputs).
        name: of the values, for a sentence.
        size: inputs that the operations of a row take, filled up with zeros.
        lanes: inputs of an operation.

    Returns:
        Codes of shape (rows, size) and scales of shape (rows, size / lanes).
    """
    if values.dtype.kind not in "iuf":
        raise RequestError(f"{name} are {values.dtype} where numbers are wanted")
    whole = -(-size // block.size) * block.size
    padded = np.pad(values.astype(np.float64), ((0, 0), (0, whole - values.shape[1])))
    blocks = quantize(block, padded)
    scales = np.repeat(blocks.scales.astype(np.int64), block.size // lanes, axis=1)
    return blocks.elements[:, :size], scales[:, : size // lanes]


def _codes(form: Format, values: NDArray[np.generic], name: str) -> NDArray[np.integer]:
    """Codes of numbers; integers that an integer format does not hold are refused."""
    if values.dtype.kind not in "iuf":
        raise RequestError(f"{name} are {values.dtype} where numbers are wanted")
    if isinstance(form, Integer):
        if values.dtype.kind == "f" and (values != np.rint(values)).any():
            raise RequestError(f"{name} must be integers: their format is {form.name}")
        if values.min() < form.minimum or values.max() > form.maximum:
            raise RequestError(
                f"{name} go from {values.min()} to {values.max()} where {form.name} holds"
                f" {form.minimum} to {form.maximum}"
            )
    return encode(form, values.astype(np.float64))


def _filled(codes: NDArray[np.integer], size: int) -> NDArray[np.integer]:
    """Rows of codes with zeros behind, up to a size: 0 is the code of zero in every format."""
    return np.pad(codes, ((0, 0), (0, size - codes.shape[1])))
