"""The ports of a matrix engine: shapes of its streams, and what they carry."""

from __future__ import annotations

from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hw.engine.configuration import MatrixEngine
from hw.unit import Stream

__all__ = ["activations_shape", "results_shape", "signature", "streams", "weights_shape"]


def weights_shape(configuration: MatrixEngine) -> data.StructLayout:
    """A weight for each column."""
    _, b = configuration.factors
    return data.StructLayout({"codes": configuration.columns * b.bits})


def activations_shape(configuration: MatrixEngine) -> data.StructLayout:
    """An activation for each row, and what is to be done with their sums."""
    c = configuration
    fields = {"codes": c.rows * c.factors[0].bits, "first": 1}
    return data.StructLayout(fields | ({"last": 1} if c.keeps_sums else {}))


def initial_shape(configuration: MatrixEngine) -> data.StructLayout:
    """A sum for each column."""
    return data.StructLayout({"sums": configuration.columns * configuration.sum_bits})


def results_shape(configuration: MatrixEngine) -> data.StructLayout:
    """A result for each column."""
    return data.StructLayout({"words": configuration.columns * configuration.result_bits})


def signature(configuration: MatrixEngine) -> wiring.Signature:
    """The ports of a configuration's circuit."""
    c = configuration
    inputs = {"weights": weights_shape(c), "activations": activations_shape(c)}
    inputs |= {"initial": initial_shape(c)} if c.initial else {}
    ports = {name: In(stream.Signature(shape)) for name, shape in inputs.items()}
    return wiring.Signature(ports | {"results": Out(stream.Signature(results_shape(c)))})


def streams(configuration: MatrixEngine) -> tuple[Stream, ...]:
    """The streams and their meaning."""
    c = configuration
    last = "; last, sums are finished, and rounded" if c.keeps_sums else ""
    of_sums = "fields as the manifest says" if c.fused else "in two's complement"
    if c.fused is not None and c.fused.sum_format is not None:
        of_sums = "codes of the accumulator's format"
    kinds = {
        (False, False): f"sums, {of_sums}",
        (True, False): "codes of the format of results",
        (True, True): f"codes of the format of results, or sums that are not finished, {of_sums}",
    }
    listed = [
        Stream(
            "weights",
            "input",
            weights_shape(c),
            "codes of a row of a tile of weights, column 0 lowest; rows 0, 1, .. of each tile",
        ),
        Stream(
            "activations",
            "input",
            activations_shape(c),
            "codes that the rows of the tile are multiplied by, row 0 lowest; first, the next tile"
            f" of weights starts{last}",
        ),
    ]
    if c.initial:
        meaning = f"what the sums of the activations start with, column 0 lowest: {of_sums}"
        listed.append(Stream("initial", "input", initial_shape(c), meaning))
    words = kinds[c.result != "", c.keeps_sums]
    meaning = f"a word for each of the activations, column 0 lowest: {words}"
    return (*listed, Stream("results", "output", results_shape(c), meaning))
