"""Golden models of block formats: values to elements and scales, and back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, assert_never

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hw.errors import RequestError
from hw.formats import NAMED_FLOATS, Block, Float, Integer, ScaleRounding
from sim.formats.codes import checked_codes, code_type, decode, encode
from sim.formats.scales import scale_codes

__all__ = ["Blocks", "dequantize", "quantize", "tensor_scale"]

_BF16 = NAMED_FLOATS["bf16"]
_Whole = Callable[[NDArray[np.float64]], NDArray[np.float64]]


@dataclass(frozen=True)
class Blocks:
    """Blocks of values in a block format.

    Attributes:
        elements: codes, of the shape of the values.
        scales: scale words, of that shape but for the last axis, which has one for each block.
    """

    elements: NDArray[np.unsignedinteger[Any]]
    scales: NDArray[np.uint64]


def tensor_scale(block: Block, values: ArrayLike) -> float:
    """The float32 by which a whole tensor is divided so that its largest block scale fits.

    As NVFP4 has it: the largest magnitude over the product of the largest scale and the largest
    element, rounded to float32; 1 for a tensor of zeros.

    Raises:
        RequestError: a value is not finite.
    """
    most = float(np.abs(np.asarray(values, np.float64)).max(initial=0.0))
    if not np.isfinite(most):
        raise RequestError("a tensor with a NaN or an infinity has no scale of its own")
    ratio = np.float32(most / (float(block.scale.largest) * _largest(block, block.element)))
    return float(ratio) or 1.0


def quantize(block: Block, values: ArrayLike, tensor_scale: float = 1.0) -> Blocks:
    """Values as blocks along the last axis, each block by its own.

    The scale follows from the largest magnitude by `Block.scale_rounding`; the elements are the
    values divided by scale and tensor scale, rounded once as their format says, and saturate.

    - A block with a NaN or an infinity has the scale NaN, and elements with the code 0.
    - A scale never becomes 0 or NaN of a number: it is at least the smallest and at most the
      largest number of its format. Then elements may become 0, or saturate.
    - A block of zeros has the smallest scale code, 0. Zeros keep their sign in elements that have
      one.
    - With groups all is as in HiFloat4's published model: 1/7 and the scale's reciprocal are
      bfloat16 numbers, and so is their product with the largest magnitude; a bit of a group of the
      first size is 1 if a magnitude times the reciprocal is 4 or more, and one of the second size
      if a magnitude is 2 or more then.

    Args:
        block: the format.
        values: floats of any shape; what float32 holds is taken exactly.
        tensor_scale: what all values are divided by too, a float32 above 0; other than 1 only
            beside scales with a fraction, without groups.

    Raises:
        RequestError: the last axis is no multiple of a block, the values are no floats, or the
            tensor scale is no finite float32 above 0 or has no place in the format.
    """
    values = np.asarray(values)
    if values.dtype not in (np.float64, np.float32, np.float16) or values.ndim == 0:
        raise RequestError(
            f"values to quantize are {values.dtype} where an array of floats is wanted"
        )
    _check_tensor_scale(block, tensor_scale)
    if values.shape[-1] % block.size:
        raise RequestError(
            f"{values.shape[-1]} values along the last axis are no whole blocks of {block.size}"
        )
    parts = values.astype(np.float64).reshape(*values.shape[:-1], -1, block.size)
    finite = np.logical_and.reduce(np.isfinite(parts), axis=-1)
    parts = np.where(finite[..., None], parts, 0.0)
    if block.groups:
        elements, scales = _with_groups(block, parts)
    elif block.other_element is not None:
        elements, scales = _with_either(block, block.other_element, parts, tensor_scale)
    else:
        elements, scales = _with_one_scale(block, block.element, parts, tensor_scale)
    scales = np.where(finite, scales, block.scale.nan_code)
    codes = np.where(finite[..., None], elements, 0).astype(code_type(block.element))
    return Blocks(codes.reshape(values.shape), scales.astype(np.uint64))


def dequantize(block: Block, blocks: Blocks, tensor_scale: float = 1.0) -> NDArray[np.float64]:
    """What blocks are worth, exactly; NaN all over a block whose scale is NaN.

    An element that is NaN or an infinity is that.

    Raises:
        RequestError: shapes do not fit, a code is out of range, or the tensor scale is no finite
            float32 above 0.
    """
    _check_tensor_scale(block, tensor_scale)
    shape = blocks.elements.shape
    if not shape or (*shape[:-1], shape[-1] / block.size) != blocks.scales.shape:
        raise RequestError(
            f"elements of shape {shape} and scales of shape {blocks.scales.shape} are not those of"
            f" blocks of {block.size}"
        )
    words = blocks.scales.astype(np.uint64)
    if words.size and int(words.max()) >> block.scale_bits:
        raise RequestError(f"a scale word {words.max()} has more than {block.scale_bits} bits")
    words = words.astype(np.int64)
    codes = checked_codes(block.element, blocks.elements).reshape(*words.shape, block.size)
    elements = _worth(block, block.element, codes)
    lowest = block.scale.bits
    if block.other_element is not None:
        other = words >> lowest & 1 == 1
        elements = np.where(other[..., None], _worth(block, block.other_element, codes), elements)
        lowest += 1
    for size in block.groups:
        count = block.size // size
        bits = words[..., None] >> lowest + np.arange(count) & 1
        elements = elements * np.repeat(1 << bits, size, axis=-1)
        lowest += count
    scale = decode(block.scale, words & block.scale.nan_code)
    with np.errstate(invalid="ignore"):
        scaled = elements * (scale * tensor_scale)[..., None]
    return np.where(np.isnan(scale)[..., None], np.nan, scaled).reshape(shape)


def _with_one_scale(
    block: Block, form: Float | Integer, parts: NDArray[np.float64], tensor_scale: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Element codes and scale codes of finite values, an axis of blocks before one of elements."""
    most = np.abs(parts).max(-1)
    if block.scale.fraction_bits:
        scales = _scales_with_fraction(block, most / (_largest(block, form) * tensor_scale))
    else:
        scales = scale_codes(block.scale, _powers_of_two(block, form, most), np.rint)
    scales = np.where(most > 0, np.maximum(scales, int(block.scale.zero)), 0)
    divisor = np.where(most > 0, decode(block.scale, scales) * tensor_scale, 1.0)
    return _elements(block, form, parts / divisor[..., None]), scales


def _with_either(
    block: Block, other: Float, parts: NDArray[np.float64], tensor_scale: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The same, in the format of elements that is nearer, and the bit that tells which."""
    chosen, errors = [], []
    for form in (block.element, other):
        elements, scales = _with_one_scale(block, form, parts, tensor_scale)
        scale = (decode(block.scale, scales) * tensor_scale)[..., None]
        errors.append(((_worth(block, form, elements) * scale - parts) ** 2).sum(-1))
        chosen.append((elements, scales))
    (first, first_scales), (second, second_scales) = chosen
    better = np.less(errors[1], errors[0])
    scales = np.where(better, second_scales | 1 << block.scale.bits, first_scales)
    return np.where(better[..., None], second, first), scales


def _scales_with_fraction(block: Block, ratios: NDArray[np.float64]) -> NDArray[np.int64]:
    """Scales with a fraction, of the exact ratios.

    A quotient of doubles lies on the side of a scale, or of a middle of two, on which the exact
    one lies, since these have few bits.
    """
    match block.scale_rounding:
        case ScaleRounding.FLOOR:
            whole: _Whole = np.floor
        case ScaleRounding.NEAREST:
            whole = np.rint
        case ScaleRounding.ROUND_UP | ScaleRounding.CEIL:
            whole = np.ceil
        case _:
            assert_never(block.scale_rounding)
    return scale_codes(block.scale, ratios, whole)


def _powers_of_two(
    block: Block, form: Float | Integer, most: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Scales that are powers of two, of any exponent; of the magnitude 0 anything."""
    mantissa, exponent = np.frexp(most)
    largest, top = np.frexp(_largest(block, form))
    match block.scale_rounding:
        case ScaleRounding.FLOOR:
            pass
        case ScaleRounding.CEIL:
            exponent = exponent + (mantissa > 0.5)
        case ScaleRounding.NEAREST:
            bits = form.significand_bits if isinstance(form, Float) else form.bits - 1
            exponent = exponent + (np.rint(np.ldexp(mantissa, bits)) == 1 << bits)
        case ScaleRounding.ROUND_UP:
            exponent = exponent + (mantissa > largest)
        case _:
            assert_never(block.scale_rounding)
    return np.ldexp(1.0, exponent - top)


def _with_groups(
    block: Block, parts: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Element codes and scale words of finite values, in HiFloat4's way."""
    magnitudes = np.abs(parts)
    doubled = 1 << len(block.groups)
    seventh = _bf16(np.array(1 / (doubled * _largest(block, block.element))))
    words = scale_codes(block.scale, _bf16(magnitudes.max(-1) * seventh), np.rint)
    reciprocal = _bf16(1 / decode(block.scale, words))[..., None]
    units = magnitudes * reciprocal
    lowest = block.scale.bits
    for size in block.groups:
        doubled //= 2
        groups = units.reshape(*units.shape[:-1], -1, size)
        bits = (groups.max(-1) >= 2 * doubled).astype(np.int64)
        words = words | (bits << lowest + np.arange(bits.shape[-1])).sum(-1)
        units = (groups / (1 << bits[..., None])).reshape(units.shape)
        lowest += bits.shape[-1]
    return _elements(block, block.element, np.copysign(units, parts)), words


def _bf16(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return decode(_BF16, encode(_BF16, values))


def _elements(
    block: Block, form: Float | Integer, scaled: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Codes of values that have been divided by the scale."""
    units = np.ldexp(scaled, -block.element_exponent)
    if isinstance(form, Integer) and block.symmetric:
        units = np.clip(units, -form.maximum, form.maximum)
    return encode(form, units).astype(np.int64)


def _worth(block: Block, form: Float | Integer, codes: NDArray[np.integer]) -> NDArray[np.float64]:
    """What elements are worth with the scale 1."""
    return np.ldexp(decode(form, codes), block.element_exponent)


def _largest(block: Block, form: Float | Integer) -> float:
    return float(block.largest_element(form))


def _check_tensor_scale(block: Block, scale: float) -> None:
    if not (np.isfinite(scale) and scale > 0 and float(np.float32(scale)) == scale):
        raise RequestError(f"tensor scale {scale} is no finite float32 above 0")
    if scale != 1 and (block.groups or not block.scale.fraction_bits):
        raise RequestError(
            f"tensor scale {scale} does not go with {block.name}: only scales with a fraction, of"
            " blocks without groups, are beside one"
        )
