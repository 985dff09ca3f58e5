"""The ports of a core: shapes of its streams, and what they carry."""

from __future__ import annotations

from amaranth.hdl import ShapeLike, signed, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hw.ternary.choices import Loop, PackingName, Style
from hw.ternary.configuration import TernaryConfiguration

__all__ = [
    "MEANINGS",
    "activation_shape",
    "core_meanings",
    "core_signature",
    "flags",
    "initial_shape",
    "keys_shape",
    "result_shape",
    "words_name",
]


def _number(configuration: TernaryConfiguration, shape: ShapeLike) -> ShapeLike:
    """A number whose parts have a shape: itself, or a real part below an imaginary one."""
    return data.StructLayout({"re": shape, "im": shape}) if configuration.lane.parts > 1 else shape


def activation_shape(configuration: TernaryConfiguration) -> data.Layout:
    """A tile's activations, the first one lowest; with style ``aligned`` their block above them."""
    c = configuration
    values = data.ArrayLayout(_number(c, c.activation.bits), c.tile_inputs)
    if c.style is Style.ALIGNED:
        return data.StructLayout({"values": values, "block": c.arithmetic.number.exponent_bits})
    return values


def keys_shape(configuration: TernaryConfiguration) -> data.ArrayLayout:
    """A tile's weights as words of its packing, by default keys.

    The column is the slow index, the word (with keys: the group of activations) the fast one.
    """
    column = data.ArrayLayout(configuration.word_bits, configuration.words)
    return data.ArrayLayout(column, configuration.columns)


def initial_shape(configuration: TernaryConfiguration) -> data.ArrayLayout:
    """What each column starts from, column 0 lowest."""
    c = configuration
    shape = unsigned if c.style is Style.FLOAT else signed
    return data.ArrayLayout(_number(c, shape(c.accumulator_bits)), c.columns)


def result_shape(configuration: TernaryConfiguration) -> data.Layout:
    """The sums of the columns, column 0 lowest; above them what there is to be said of them.

    Where activations are converted, ``invalid``: one of them was no finite number (or exceeded its
    block), and with style ``aligned`` the ``block`` of the first tile. Where weights can be
    corrupt, ``corrupt``: a flag for each column.
    """
    c = configuration
    notes: dict[str, int] = {}
    if c.arithmetic.converts:
        notes["invalid"] = 1
    if c.style is Style.ALIGNED:
        notes["block"] = c.arithmetic.number.exponent_bits
    if c.reports_corrupt:
        notes["corrupt"] = c.columns
    return data.StructLayout({"sums": initial_shape(c)} | notes) if notes else initial_shape(c)


def words_name(configuration: TernaryConfiguration) -> str:
    """What the weight stream's words are called."""
    return "keys" if configuration.packing is PackingName.KEYS else "words"


def flags(configuration: TernaryConfiguration) -> tuple[str, ...]:
    """The flags that come with a tile's keys where no sequencer makes them."""
    further = ("double",) if configuration.planes > 1 else ()
    return ("first", "last", *(("release",) if configuration.loop is Loop.TABLE else further))


def core_signature(configuration: TernaryConfiguration) -> wiring.Signature:
    """The ports of a `hw.ternary.core.Core`."""
    c = configuration
    weights = data.StructLayout({words_name(c): keys_shape(c)} | dict.fromkeys(flags(c), 1))
    return wiring.Signature(
        {
            "activations": In(stream.Signature(activation_shape(c))),
            "weights": In(stream.Signature(weights)),
            "initial": In(stream.Signature(initial_shape(c))),
            "results": Out(stream.Signature(result_shape(c))),
        }
    )


def core_meanings(configuration: TernaryConfiguration) -> dict[str, str]:
    """What each stream carries, for the manifest."""
    return MEANINGS | STYLE_MEANINGS.get(configuration.arithmetic.name, {})


#: What each stream carries, for the manifest.
MEANINGS = {
    "activations": "the activations of a tile: elements g*group to g*group + group - 1 meet key"
    " [column][g], the lowest one its first weight; pad with any value under zero weights",
    "weights": "the weight keys of a tile, keys[column][group of activations], and the flags first"
    " (this tile starts a sum) and last (this tile ends it)",
    "initial": "what the sums of the columns start from: for each column the bias plus the"
    " corrections of all keys that the sum meets, modulo 2**accumulator_bits; taken once a sum",
    "results": "the finished sums of the columns; once a sum",
}


#: And where a style makes a difference.
STYLE_MEANINGS = {
    Style.ALIGNED: {
        "activations": "the activations of a tile, as codes of their format: values g*group to"
        " g*group + group - 1 meet key [column][g], the lowest one its first weight; pad with 0;"
        " and the block: the largest exponent field among all activations and the bias of the sum,"
        " at least 1, the same in all tiles of it",
        "initial": "what the sums of the columns start from, in units of the block's last bit: for"
        " each column the bias, rounded down, plus the corrections of all keys that the sum meets,"
        " modulo 2**accumulator_bits; taken once a sum",
    },
    Style.EXACT: {
        "activations": "the activations of a tile, as codes of their format: elements g*group to"
        " g*group + group - 1 meet key [column][g], the lowest one its first weight; pad with any"
        " finite number under zero weights",
        "initial": "what the sums of the columns start from, in units of the smallest number of the"
        " activations' format: for each column the bias plus the corrections of all keys that the"
        " sum meets, modulo 2**accumulator_bits; taken once a sum",
    },
    Style.FLOAT: {
        "activations": "the activations of a tile, as codes of their format: elements g*group to"
        " g*group + group - 1 meet key [column][g], the lowest one its first weight; pad with any"
        " finite number under zero weights",
        "initial": "what the sums of the columns start from: the biases, as codes of the"
        " accumulator's format; taken once a sum",
        "results": "the finished sums of the columns, as codes of the accumulator's format; once a"
        " sum",
    },
}
