"""The ports of a SIMD unit: shapes of its streams, and what they carry."""

from __future__ import annotations

from typing import Literal

from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hw.simd.configuration import SimdMac, Sums
from hw.unit import Stream

__all__ = ["flags", "operations_shape", "results_shape", "scale_bits", "signature", "streams"]

#: What results are, by whether they have a format.
_RESULTS = {
    False: "the finished sums of the lanes, or of the dot product, in two's complement; nan,"
    " positive and negative: a lane's sum met a NaN or zero times infinity, a positive or a"
    " negative infinity; once a sum",
    True: "the finished sums as codes of the format of results, one for each accumulator: first"
    " those of the lowest lane of every 16 bits of the port, then those of the next one; or, once a"
    " sum, the dot product, beside zeros",
}


def operations_shape(configuration: SimdMac) -> data.StructLayout:
    """Both operands, then what is to be done with them."""
    c = configuration
    fields = {"a": c.port, "b": c.port}
    if any(pair.blocks for pair in c.modes):
        fields |= {f"scale_{operand}": scale_bits(c, operand) for operand in ("a", "b")}
    if c.pair_bits:
        fields["pair"] = c.pair_bits
    if c.sums is Sums.BOTH:
        fields["dot"] = 1
    return data.StructLayout(fields | {"first": 1, "last": 1})


def results_shape(configuration: SimdMac) -> data.StructLayout:
    """The accumulators, slice 0 lowest, and above them flags of their fields; or codes."""
    c = configuration
    if c.result_format is not None:
        return data.StructLayout({"codes": c.result_format.bits * c.accumulators})
    fields = {"sums": c.accumulator_bits * c.accumulators}
    return data.StructLayout(fields | dict.fromkeys(flags(c), c.fields * c.accumulators))


def scale_bits(configuration: SimdMac, operand: Literal["a", "b"]) -> int:
    """Width of an operand's scales; only where there are such."""
    scalings = [pair.scaling for pair in configuration.modes if pair.scaling]
    return max(getattr(scaling, operand).bits for scaling in scalings)


def flags(configuration: SimdMac, quarter: int | None = None) -> tuple[str, ...]:
    """What there is to be said of a sum besides its number, or of the lanes of one quarter."""
    modes = configuration.modes if quarter is None else configuration.starting(quarter)
    scaled = quarter is None and any(pair.blocks for pair in modes)  # a scale may be NaN
    nan = ("nan",) if scaled or any(pair.nan for pair in modes) else ()
    infinities = ("positive", "negative") if any(pair.infinity for pair in modes) else ()
    return (*nan, *infinities)


def signature(configuration: SimdMac) -> wiring.Signature:
    """The ports of a configuration's circuit."""
    return wiring.Signature(
        {
            "operations": In(stream.Signature(operations_shape(configuration))),
            "results": Out(stream.Signature(results_shape(configuration))),
        }
    )


def streams(configuration: SimdMac) -> tuple[Stream, ...]:
    """The streams and their meaning."""
    return (
        Stream(
            "operations",
            "input",
            operations_shape(configuration),
            "codes a and b of every lane, lane 0 lowest, a code in the lowest bits of its lane;"
            " scale_a and scale_b, codes of the scales of both operands' blocks; and"
            " what the operation is: pair, the number of the pair of formats; dot, all lanes go"
            " into one sum; first and last, the operation starts, ends its sums",
        ),
        Stream(
            "results",
            "output",
            results_shape(configuration),
            _RESULTS[configuration.result_format is not None],
        ),
    )
