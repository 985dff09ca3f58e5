"""What floating-point adders and multipliers hold, in figures."""

from __future__ import annotations

from costmodel.inventory.codecs import count_bits, decoder_counts, encoder_counts
from costmodel.inventory.heaps import product_counts
from hw.codec.shapes import signed_range
from hw.float import adder, multiplier
from hw.formats import Float, NanCodes

__all__ = ["adder_counts", "multiplier_counts", "widen_counts"]

Counts = dict[str, int]


def adder_counts(form: Float, stages: int) -> Counts:
    """What a `FloatAdder` holds.

    Returns:
        ``significand_bits``, ``exponent_bits``: of the format; ``compare_bits``: of the magnitudes;
        ``swap_bits``: 2:1 multiplexers that order them; ``align_stages``, ``align_bits``: of the
        shifter to the right, stages and multiplexers; ``adder_bits``: of the significands;
        ``count_bits``: see `costmodel.inventory.codecs`; ``marker_bits``: exponents told from
        constants; ``normalise_stages``, ``normalise_bits``: of the shifter to the left;
        ``exponent_adder_bits``: of the two differences of exponents; ``rounding_bits``: of the
        adder that rounds; ``special_bits``: of codes that infinities and NaN are told by;
        ``register_bits``: of all stages, and ``enable_bits``; ``stages``.
    """
    e, s, bits = form.exponent_bits, form.significand_bits, form.bits
    kept = s + 2  # and a sticky bit
    near = min(e, (kept - 1).bit_length())
    total = s + 4
    left = (total - 1).bit_length()
    # A NaN has a flag of its own where it differs from an overflow.
    flags = 2 + (form.nan_code not in (None, form.overflow_code))
    held = {
        "ordered": 2 * e + 2 * s + 1 + flags,
        "aligned": e + s + (s + 3) + 1 + flags,
        "added": e + total + 1 + flags,
        "normalised": e + total + flags,
        "result": bits,
    }
    registers = sum(held[cut] for cut in adder.CUTS[stages])
    return {
        "significand_bits": s,
        "exponent_bits": e,
        "compare_bits": bits - 1,
        "swap_bits": 2 * (bits - 1) + 1,
        "align_stages": near,
        "align_bits": near * kept,
        "adder_bits": total,
        "count_bits": count_bits(total),
        "marker_bits": total,
        "normalise_stages": left,
        "normalise_bits": left * total,
        "exponent_adder_bits": 2 * e,
        "rounding_bits": bits - (form.nan is NanCodes.IEEE),
        "special_bits": 0 if form.nan is NanCodes.NONE else bits - 1,
        "register_bits": registers,
        "enable_bits": registers,
        "stages": stages,
    }


def multiplier_counts(form: Float, stages: int) -> dict[str, Counts]:
    """What a `FloatMultiplier` holds, by module.

    Returns:
        ``multiplier``: ``product_bits`` (partial products), ``exponent_adder_bits``,
        ``carry_bits`` (of the adder behind the tree), ``register_bits``,
        ``enable_bits``, ``stages``;
        ``multiplier/heap``: ``full_adders``, ``half_adders``, ``levels``;
        ``multiplier_decoder``, of which there are two, and ``multiplier_encoder``: see
        `costmodel.inventory.codecs`.
    """
    s = form.significand_bits
    heap = product_counts(s)
    low, high = _product_exponents(form)
    exponent = signed_range(low, high).width
    held = {
        "given": 2 * form.bits,
        "unpacked": 2 * s + exponent + 3,
        "compressed": 2 * s + heap["second_row_bits"] + exponent + 3,
        "multiplied": 2 * s + exponent + 3,
        "result": form.bits,
    }
    registers = sum(held[cut] for cut in multiplier.CUTS[stages])
    return {
        "multiplier": {
            "product_bits": s * s,
            "exponent_adder_bits": exponent,
            "carry_bits": heap["second_row_bits"],
            "register_bits": registers,
            "enable_bits": registers,
            "stages": stages,
        },
        "multiplier/heap": {name: heap[name] for name in ("full_adders", "half_adders", "levels")},
        "multiplier_decoder": decoder_counts(form),
        "multiplier_encoder": encoder_counts(form, 2 * s, (low, high)),
    }


def _product_exponents(form: Float) -> tuple[int, int]:
    low = 2 * form.least_exponent
    return low, low + 2 * (form.largest_field - 1)


def widen_counts(narrow: Float, wide: Float) -> tuple[Counts, Counts]:
    """What the decoder and the encoder of a `FloatWiden` hold."""
    low = narrow.least_exponent
    exponents = (low, low + narrow.largest_field - 1)
    return decoder_counts(narrow), encoder_counts(wide, narrow.significand_bits, exponents)
