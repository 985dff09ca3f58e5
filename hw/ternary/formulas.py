"""Tiles, exits, beats and latencies of ternary cores: each formula once.

The arithmetic is plain, so that an argument may be a whole number or an array of them (truth values
are the numbers 0 and 1): a configuration asks for one core, the cost model for millions, and both
get the same answer. Arrays broadcast; an argument that is the same for all stays a number.
"""

from __future__ import annotations

from typing import Any

__all__ = [
    "beats",
    "blocks",
    "ceil_div",
    "exit_latency",
    "exits",
    "groups",
    "interleave",
    "reduce_latency",
    "table_latency",
    "tile_inputs",
    "tiles_of_sum",
    "tree_levels",
    "turns",
    "words",
]

_MOST_LEVELS = 10  # of a tree of up to 1024 terms


def ceil_div(number: Any, divisor: Any) -> Any:
    """The quotient, rounded up."""
    return -(-number // divisor)


def tile_inputs(luts: Any, group: Any) -> Any:
    """Activations that a tile takes: those of all its groups."""
    return luts * group


def words(tile_inputs: Any, weights: Any) -> Any:
    """Words that hold the weights of a column's tile, of so many weights each, the last filled."""
    return ceil_div(tile_inputs, weights)


def blocks(outputs: Any, columns: Any) -> Any:
    """Groups of ``columns`` outputs, the last one padded."""
    return ceil_div(outputs, columns)


def groups(inputs: Any, scale_group: Any) -> Any:
    """Sums of the core that one output takes, for groups of inputs that share a scale.

    Args:
        inputs: of the output.
        scale_group: inputs that share a scale; 0: all do.
    """
    grouped = scale_group > 0
    return _chosen(grouped, ceil_div(inputs, scale_group + (1 - grouped)), 1)


def tiles_of_sum(inputs: Any, tile_inputs: Any, scale_group: Any = 0) -> Any:
    """Tiles that a sum of the core takes in each plane, the last one padded with zero weights.

    Args:
        inputs: of an output.
        tile_inputs: of a tile.
        scale_group: see `groups`; all groups take the same number.
    """
    fewer = (scale_group > 0) & (scale_group < inputs)
    return ceil_div(_chosen(fewer, scale_group, inputs), tile_inputs)


def exits(columns: Any, tiles: Any, interleave: Any = 1) -> Any:
    """The fewest results a cycle that keep up with a core's tiles.

    Args:
        columns: of the core.
        tiles: of a sum, those of all planes.
        interleave: see there; sums that take turns end one after the other, all columns at once.
    """
    return _chosen(interleave > 1, columns, ceil_div(columns, tiles))


def beats(columns: Any, exits: Any) -> Any:
    """Cycles in which the results of a sum leave, so many at a time."""
    return ceil_div(columns, exits)


def exit_latency(beats: Any, register: Any) -> Any:
    """Cycles from a finished sum to its first results: of the buffer, if any, and the register."""
    return 1 * (beats > 1) + register


def tree_levels(terms: Any) -> Any:
    """Levels of a balanced tree of two-input adders, of 1 to 1024 terms."""
    return sum(1 * (terms > 1 << level) for level in range(_MOST_LEVELS))


def interleave(adder_stages: Any) -> Any:
    """Sums whose tiles take turns: as many as the accumulator has registers in its loop."""
    return _chosen(adder_stages > 1, adder_stages, 1)


def table_latency(register: Any, depth: Any, adder_stages: Any) -> Any:
    """Cycles from activations to the end of their table, of so many adders one after the other."""
    return register + depth * adder_stages


def reduce_latency(register: Any, levels: Any, adder_stages: Any) -> Any:
    """Cycles from the one that takes weights to the one before the accumulator takes terms.

    Args:
        register: whether there is one behind the tree.
        levels: of adders with registers: of the tree (`tree_levels`), and one for multipliers.
        adder_stages: registers in each of them.
    """
    return register + levels * adder_stages


def turns(sums: Any, interleave: Any) -> Any:
    """Sums of a matrix product, filled up to a multiple of those that take turns."""
    return sums + -sums % interleave


def _chosen(condition: Any, yes: Any, no: Any) -> Any:
    """``yes`` where a condition holds, else ``no``."""
    if isinstance(condition, bool):
        return yes if condition else no
    return condition * yes + (1 - condition) * no
