"""What the circuits of floating-point codes hold, in figures: decoders, encoders, shifters."""

from __future__ import annotations

from hw.codec.encoder import discarded_bits
from hw.codec.shapes import signed_range
from hw.formats import Float, NanCodes, Rounding

__all__ = ["count_bits", "decoder_counts", "encoder_counts"]

Counts = dict[str, int]


def decoder_counts(form: Float) -> Counts:
    """What a `hw.codec.Decoder` holds.

    Returns:
        ``exponent_bits``: of the field, of which are told whether it is 0 and, where the format has
        infinities or NaN, whether it is the largest; ``adder_bits``: of the exponent;
        ``gate_bits``: of fractions that are flushed; ``special_bits``: of fields and fractions that
        infinities and NaN are told by.
    """
    most = form.least_exponent + form.largest_field - 1
    return {
        "exponent_bits": form.exponent_bits,
        "adder_bits": signed_range(form.least_exponent, most).width,
        "gate_bits": 0 if form.subnormals else form.fraction_bits,
        "special_bits": 0 if form.nan is NanCodes.NONE else form.exponent_bits + form.fraction_bits,
    }


def count_bits(width: int) -> int:
    """2:1 multiplexer bits in the tree that counts the leading zeros of so many bits."""
    if width == 1:
        return 0
    low = width - (1 << (width - 1).bit_length() - 1)
    high = width - low
    return count_bits(low) + count_bits(high) + (high - 1).bit_length()


def encoder_counts(form: Float, width: int, exponents: tuple[int, int]) -> Counts:
    """What a `hw.codec.Encoder` without random bits holds.

    Args:
        form: the format.
        width: bits of the magnitude.
        exponents: the least and the largest weight of its last bit.

    Returns:
        ``word_bits``: of what is shifted; ``count_bits``: `count_bits` of the leading zeros;
        ``shift_stages`` and ``shifter_bits``: the stages times the word; ``limit_bits``: of the
        count where the exponent's lower end limits it, ``room_bits``: of the difference that does;
        ``exponent_bits``: of the field;
        ``rounding_bits``: of the adder that rounds, 0 without; ``sticky_bits``: bits that only
        tell whether something was cut off; ``overflow_bits``: bits that can only overflow;
        ``gate_bits``: of results that are flushed; ``mux_bits``: of codes of overflow and NaN.
    """
    low, high = exponents
    first_field = int(form.subnormals or form.rounding is Rounding.TOWARD_ZERO)
    boundary = first_field - form.bias
    discarded = discarded_bits(form.rounding)
    directed = form.rounding.outward_sign is not None
    kept = form.significand_bits + discarded
    dropped = min(max(0, boundary - high + 1 - kept), width - 1)
    used = min(width, max(form.largest_field - form.bias + 1 - low, dropped + 1))
    low, high = low + dropped, high + dropped
    right = min(max(0, boundary - low - (used - dropped - 1)), kept)
    word = used - dropped + right
    top = word - 1

    lowest = min(max(0, boundary - high), top)
    counted = word - lowest
    stages = (counted - 1).bit_length()
    stopped = low == high and lowest > 0
    limited = not stopped and low < boundary
    room = signed_range(low + top - boundary, high + top - boundary).width
    most = max(0, top - right + high + form.bias)
    field = (most + (word > form.significand_bits or directed)).bit_length()
    rounds = directed or (word > form.significand_bits and discarded)
    rounded = form.fraction_bits + field
    return {
        "word_bits": word,
        "count_bits": count_bits(counted),
        "shift_stages": stages,
        "shifter_bits": stages * word,
        "limit_bits": stages if limited else 0,
        "room_bits": room if limited else 0,
        "exponent_bits": field,
        "rounding_bits": rounded if rounds else 0,
        "sticky_bits": dropped + max(0, word - kept),
        "overflow_bits": width - used,
        "gate_bits": 0 if form.subnormals else rounded,
        "mux_bits": form.bits - 1 + form.bits,
    }
