"""The ports of a fused multiply-add unit: shapes of its streams, and what they carry."""

from __future__ import annotations

from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hw.fma.configuration import Fma
from hw.unit import Stream

__all__ = ["FLAGS", "operations_shape", "results_shape", "signature", "streams", "sum_shape"]

#: What is said of a rounded sum, lowest bit first.
FLAGS = ("invalid", "overflow", "underflow", "inexact")

_RAW = (
    "significand, exponent and sign as the manifest says; nan, positive and negative: the sum met"
    " a NaN or zero times infinity, a positive or a negative infinity"
)


def sum_shape(configuration: Fma) -> data.StructLayout:
    """A partial sum: a code, or the fields of one that is not normalised."""
    c = configuration
    if c.sum_format is not None:
        return data.StructLayout({"code": c.sum_format.bits})
    fields = {"significand": c.raw.bits, "exponent": c.raw.exponent_bits, "sign": 1}
    return data.StructLayout(fields | dict.fromkeys(c.specials, 1))


def operations_shape(configuration: Fma) -> data.StructLayout:
    """Both factors, then the sum that their product is added to."""
    a, b = configuration.factors
    return data.StructLayout({"a": a.bits, "b": b.bits, "c": sum_shape(configuration)})


def results_shape(configuration: Fma) -> data.StructLayout:
    """The sum, and above it the flags where there are such."""
    fields = {"sum": sum_shape(configuration)}
    return data.StructLayout(fields | dict.fromkeys(FLAGS if configuration.flags else (), 1))


def signature(configuration: Fma) -> wiring.Signature:
    """The ports of a configuration's circuit."""
    return wiring.Signature(
        {
            "operations": In(stream.Signature(operations_shape(configuration))),
            "results": Out(stream.Signature(results_shape(configuration))),
        }
    )


def streams(configuration: Fma) -> tuple[Stream, ...]:
    """The streams and their meaning."""
    c = configuration
    numbers = _RAW if c.sum_format is None else "a code of the accumulator's format"
    flags = "; invalid, overflow, underflow and inexact as the manifest says" if c.flags else ""
    return (
        Stream(
            "operations",
            "input",
            operations_shape(c),
            f"codes a and b of the factors, and c, the sum so far: {numbers}",
        ),
        Stream("results", "output", results_shape(c), f"a * b + c: {numbers}{flags}"),
    )
