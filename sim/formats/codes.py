"""Codes of number formats to values and back, whole arrays at a time.

Every finite number of a format is a double, so values are arrays of doubles. Rounding is done by
the adder of the processor: to a double ``x`` with exponent E a power of two so large is added that
the last bit of the sum has the weight of the last bit to keep, and the bits of the sum are then
those of ``x``, rounded once, to nearest even; where they must be cut, the sum tells whether they
were rounded up.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial, singledispatch
from typing import Any, assert_never

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hw.errors import RequestError, check_integer
from hw.formats import Float, Format, Integer, Posit, Rounding, Scale
from sim.formats.posits import decode_posits, encode_posits
from sim.formats.scales import decode_scales, encode_scales

__all__ = [
    "checked_codes",
    "checked_random",
    "code_type",
    "decode",
    "decode_block",
    "encode",
    "encode_block",
    "in_blocks",
]

_FRACTION_BITS, _BIAS = 52, 1023  # of a double
_MOST_BITS, _MOST_TABLE_BITS = 32, 16
_MOST_RANDOM_BITS = 24  # with 23 fraction bits and two more they still fit a double
_AT_ONCE = 1 << 14  # numbers that stay in the cache


def code_type(form: Format) -> type[np.unsignedinteger[Any]]:
    """The smallest unsigned integer that holds a code.

    Raises:
        RequestError: the code has more than 32 bits; its value may be no double.
    """
    if form.bits > _MOST_BITS:
        raise RequestError(
            f"the format {form.name} has {form.bits} bits where golden codecs take {_MOST_BITS}"
        )
    return next(t for t in (np.uint8, np.uint16, np.uint32) if form.bits <= np.iinfo(t).bits)


def decode(form: Format, codes: NDArray[np.integer]) -> NDArray[np.float64]:
    """What codes are worth, exactly; NaN and infinities where the format has them.

    Args:
        form: the format.
        codes: of any shape, 0 to ``2**form.bits - 1``.

    Raises:
        RequestError: an array is none of integers, a code is out of range, or codes have more than
            32 bits.
    """
    code_type(form)  # refuses wide ones
    codes = checked_codes(form, codes)
    if form.bits <= _MOST_TABLE_BITS:
        return np.take(_table(form), codes)
    return decode_block(form, codes)


def encode(
    form: Format,
    values: ArrayLike,
    random: NDArray[np.integer] | None = None,
    random_bits: int = 0,
) -> NDArray[np.unsignedinteger]:
    """The codes of values, each rounded once by the policies of the format.

    Zeros keep their sign. Integers are rounded to nearest even and saturate.

    Args:
        form: the format.
        values: floating-point numbers of any shape, not above double precision.
        random: for stochastic rounding only: a random word for each value, 0 to
            ``2**random_bits - 1``.
        random_bits: the width of the random words, 1 to 24.

    Returns:
        An array of `code_type`, of the shape of ``values``.

    Raises:
        RequestError: the values are no floats, random words are missing, not wanted or out of their
            range, or a NaN is to become an integer.
    """
    values = np.asarray(values)
    if values.dtype not in (np.float64, np.float32, np.float16):
        raise RequestError(f"values to encode are {values.dtype} where floats are wanted")
    words = checked_random(form, values.shape, random, random_bits)
    block = partial(encode_block, form, random_bits)
    return in_blocks(block, code_type(form), values, *words)


@singledispatch
def decode_block(form: Format, _codes: NDArray[np.integer]) -> NDArray[np.float64]:
    """What codes are worth; each kind of formats registers its own.

    Raises:
        RequestError: there is no golden codec of this kind.
    """
    raise RequestError(f"there is no golden codec of the format {form.name}")


@singledispatch
def encode_block(
    form: Format, _random_bits: int, _values: NDArray[np.floating], *_random: NDArray[np.integer]
) -> NDArray[np.int64]:
    """Codes of one block of values; each kind of formats registers its own.

    Raises:
        RequestError: there is no golden codec of this kind.
    """
    raise RequestError(f"there is no golden codec of the format {form.name}")


@decode_block.register
def _(form: Integer, codes: NDArray[np.integer]) -> NDArray[np.float64]:
    codes = codes.astype(np.int64)
    return np.where(codes > form.maximum, codes - (1 << form.bits), codes).astype(np.float64)


@decode_block.register
def _(form: Float, codes: NDArray[np.integer]) -> NDArray[np.float64]:
    """Read a float's code as the top of a double: it then has all but the right bias."""
    codes = codes.astype(np.int64)
    magnitude = codes & (1 << form.bits - 1) - 1
    sign = codes >> form.bits - 1 << 63
    pattern = magnitude << _FRACTION_BITS - form.fraction_bits | sign
    values = pattern.view(np.float64) * 2.0 ** (_BIAS - form.bias)
    if not form.subnormals:
        tiny = magnitude < 1 << form.fraction_bits
        values[tiny] = np.copysign(0, values[tiny])
    values[magnitude > form.largest_code] = np.nan
    if form.infinity_code is not None:
        infinite = magnitude == form.infinity_code
        values[infinite] = np.copysign(np.inf, sign.view(np.float64)[infinite])
    return values


@cache
def _table(form: Format) -> NDArray[np.float64]:
    """The values of all codes."""
    return decode_block(form, np.arange(1 << form.bits))


@encode_block.register
def _(
    form: Float, random_bits: int, values: NDArray[np.floating], *random: NDArray[np.integer]
) -> NDArray[np.int64]:
    with np.errstate(invalid="ignore"):  # a signalling NaN is one too
        values = values.astype(np.float64, copy=False)
    bits = values.view(np.int64)
    # Nothing is above the first power of two beyond the largest number, as far as codes go.
    ceiling = form.largest_field - form.bias + 2 + _BIAS << _FRACTION_BITS
    magnitude = np.minimum(bits & (1 << 63) - 1, ceiling)
    words: tuple[NDArray[np.integer] | int, ...] = random
    if form.rounding is Rounding.NEAREST_AWAY:  # half of the last bit, and the rest is cut off
        random_bits, words = 1, (1,)
    fraction_bits = form.fraction_bits + random_bits
    # Numbers are multiples of what they are in the smallest binade; without subnormals this is the
    # one below, of which a number may be rounded to the smallest normal one.
    floor = form.subnormals - form.bias + _BIAS << _FRACTION_BITS
    power = np.maximum(magnitude & 0x7FF << _FRACTION_BITS, floor)
    adder = power + (_FRACTION_BITS - fraction_bits << _FRACTION_BITS)
    total = magnitude.view(np.float64) + adder.view(np.float64)
    codes = total.view(np.int64) - adder  # multiples of the last bit to keep
    _round(form.rounding, codes, total - adder.view(np.float64), magnitude.view(np.float64), bits)
    power >>= _FRACTION_BITS - fraction_bits
    codes += power
    codes -= _BIAS + 1 - form.bias << fraction_bits
    if words:
        codes += words[0]
        codes >>= random_bits
    if not form.subnormals:
        codes[codes < 1 << form.fraction_bits] = 0
    sign = (bits >> 63) & (1 << form.bits - 1)
    over = codes > form.largest_code
    codes |= sign
    if over.any():
        if form.overflow_code == form.nan_code:
            codes[over] = form.overflow_code
        else:
            codes[over] = sign[over] | form.overflow_code
        if form.rounding.outward_sign is not None:
            inward = (bits < 0) != form.rounding.outward_sign
            limited = over & np.isfinite(values) & inward
            codes[limited] = sign[limited] | form.largest_code
        codes[np.isnan(values)] = form.nan_code or 0
    return codes


def _round(
    rounding: Rounding,
    codes: NDArray[np.int64],
    nearest: NDArray[np.float64],
    magnitude: NDArray[np.float64],
    bits: NDArray[np.int64],
) -> None:
    """Make of codes that were rounded to nearest even, in place, those that a rounding wants.

    Args:
        rounding: of the format; where bits are added afterwards, codes are cut off here.
        codes: multiples of the last bit to keep.
        nearest: what they are worth.
        magnitude: what was rounded.
        bits: of the number, with its sign on top.
    """
    match rounding:
        case Rounding.NEAREST_EVEN:
            pass
        case Rounding.TOWARD_ZERO | Rounding.NEAREST_AWAY | Rounding.STOCHASTIC:
            codes -= nearest > magnitude
        case Rounding.TOWARD_POSITIVE | Rounding.TOWARD_NEGATIVE:
            outward = (bits < 0) == rounding.outward_sign
            codes -= ~outward & (nearest > magnitude)
            codes += outward & (nearest < magnitude)
        case _:
            assert_never(rounding)


@encode_block.register
def _(form: Integer, random_bits: int, values: NDArray[np.floating]) -> NDArray[np.int64]:
    assert random_bits == 0
    if np.isnan(values).any():
        raise RequestError(f"a NaN has no code in the format {form.name}")
    whole = np.clip(np.rint(values), form.minimum, form.maximum).astype(np.int64)
    return whole & (1 << form.bits) - 1


decode_block.register(Posit, decode_posits)
encode_block.register(Posit, encode_posits)
decode_block.register(Scale, decode_scales)
encode_block.register(Scale, encode_scales)


def in_blocks(
    function: Callable[..., NDArray[np.int64]], result: type, *arrays: NDArray[Any]
) -> NDArray[Any]:
    """Apply a function of flat arrays to equal arrays of any shape, as much as the cache holds."""
    flat = [array.reshape(-1) for array in arrays]
    out = np.empty(flat[0].shape, dtype=result)
    for start in range(0, len(out), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        out[part] = function(*(array[part] for array in flat))
    return out.reshape(arrays[0].shape)


def checked_codes(form: Format, codes: NDArray[np.integer]) -> NDArray[np.integer]:
    """Codes as an array, all of them codes of the format."""
    codes = np.asarray(codes)
    if codes.dtype.kind not in "iu":
        raise RequestError(f"codes to decode are {codes.dtype} where integers are wanted")
    narrow = codes.dtype.kind == "u" and codes.dtype.itemsize * 8 <= form.bits
    if not narrow and codes.size and not 0 <= codes.min() <= codes.max() < 1 << form.bits:
        raise RequestError(
            f"codes from {codes.min()} to {codes.max()} are not all codes of {form.name}:"
            f" they must be 0 to {(1 << form.bits) - 1}"
        )
    return codes


def checked_random(
    form: Format, shape: tuple[int, ...], random: NDArray[np.integer] | None, random_bits: int
) -> tuple[NDArray[np.integer], ...]:
    """The random words, or nothing where none are wanted."""
    if form.rounding is not Rounding.STOCHASTIC:
        if random is not None or random_bits:
            raise RequestError(f"the format {form.name} takes no random words")
        return ()
    check_integer("random_bits", random_bits, 1, _MOST_RANDOM_BITS)
    if random is None or random.shape != shape:
        given = "none" if random is None else f"an array of shape {random.shape}"
        raise RequestError(
            f"stochastic rounding wants random words of shape {shape} where there is {given}"
        )
    if random.size and not 0 <= random.min() <= random.max() < 1 << random_bits:
        raise RequestError(
            f"random words from {random.min()} to {random.max()} are not of {random_bits} bits"
        )
    return (random,)
