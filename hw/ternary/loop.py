"""The order of a product's tiles, and the register file that one of the orders needs.

`reduction`: the tiles of a sum come one after the other. A column holds one sum; a tile's tables
are built anew every cycle, once for each block of outputs.

`table`: a tile's tables stay while the weights of all blocks pass (table-stationary). They are
built once a vector, and the activations are sent once; in exchange a column holds a partial sum for
every block.
"""

from __future__ import annotations

from collections.abc import Mapping

from amaranth.hdl import Const, Module, Mux, Signal, Value, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hw.errors import RequestError
from hw.modules import Modules
from hw.ternary.choices import Loop
from hw.ternary.select import any_of

__all__ = ["PartialSums", "block_turns", "check_loop", "flags_in_turns"]

_MOST_PARTIAL_SUMS = 1024  # of a column: what a register file may reasonably hold


def check_loop(loop: Loop, *, plain: bool, table_register: bool, partial_sums: int) -> None:
    """See that a loop order goes with the rest of a configuration.

    Args:
        loop: the order.
        plain: whether integers are summed and the sums are the results.
        table_register: whether tables can be held.
        partial_sums: that a column would hold.

    Raises:
        RequestError: the rest does not allow it.
    """
    if loop is not Loop.TABLE:
        return
    if not plain:
        raise RequestError(
            "loop = 'table' holds partial sums of integers and hands them over as they are: it goes"
            " with style = 'integer' and without a result format"
        )
    if not table_register:
        raise RequestError("loop = 'table' holds tables, so it wants table_register = true")
    if partial_sums > _MOST_PARTIAL_SUMS:
        raise RequestError(
            f"loop = 'table' would take {partial_sums} partial sums a column, one for each block of"
            f" workload.outputs, and a column may hold {_MOST_PARTIAL_SUMS}"
        )


def block_turns(
    m: Module, blocks: int, accumulate: Value, restart: Value, marks: Mapping[str, Value]
) -> dict[str, Value]:
    """Which partial sum a column reads and writes: the blocks take turns, tile by tile.

    Args:
        m: the module that gets the register of the turn, one bit a block, of which one is high.
        blocks: partial sums a column; 0 where it holds but one sum, which wants nothing.
        accumulate: a tile reaches the columns.
        restart: and it starts a sum.
        marks: its flags ``last`` and ``release``; the latter ends a round of turns.

    Returns:
        What drives the ports `PartialSums.read`, ``write`` and ``finish`` of every column.
    """
    if not blocks:
        return {}
    turn: Value = Const(1)  # of a single block
    if blocks > 1:
        turn = Signal(blocks, init=1)
        with m.If(accumulate):
            m.d.sync += turn.eq(Mux(marks["release"], 1, turn.rotate_left(1)))
    read, write = Signal(blocks, name="block_read"), Signal(blocks, name="block_write")
    finish = Signal(name="block_finish")
    m.d.comb += [
        read.eq(turn & ~restart.replicate(blocks)),
        write.eq(turn & (accumulate & ~marks["last"]).replicate(blocks)),
        finish.eq(accumulate & marks["last"]),
    ]
    return {"read": read, "write": write, "finish": finish}


def flags_in_turns(m: Module, flags: Value, name: str, turns: Mapping[str, Value]) -> Signal:
    """The flags of the finished sum: those of all its tiles, joined, each block's by themselves.

    As `PartialSums`, in positive logic: of each block a register, written with every tile but the
    last one, and one of the finished sum. A single block needs no more than the latter.

    Args:
        m: the module that gets the registers.
        flags: of the tile that reaches the columns.
        name: what they tell.
        turns: what `block_turns` returns, of more than one block.
    """
    partial: list[Value] = []
    joined = Signal(len(flags), name=f"{name}_so_far")
    for i, (read, write) in enumerate(zip(turns["read"], turns["write"], strict=True)):
        held = Signal(len(flags), name=f"{name}_of_block{i}", reset_less=True)
        with m.If(write):
            m.d.sync += held.eq(joined)
        partial.append(held & read.replicate(len(flags)))
    m.d.comb += joined.eq(flags | any_of(partial))
    finished = Signal(len(flags), name=f"{name}_of_sum", reset_less=True)
    with m.If(turns["finish"]):
        m.d.sync += finished.eq(joined)
    return finished


class PartialSums(wiring.Component):
    """The sums of one column: a register file of a partial sum a block, and the finished one.

    In negative logic, as the column's adder is: registers hold complements. Reading selects with
    AND gates and an OR tree, and what starts a sum is one of the words that they select. A register
    file without a clock gate: each bit is written through a multiplexer.

    Args:
        bits: width of a sum.
        blocks: partial sums, 1 to 1024.

    Ports:
        start: what a sum starts from.
        restart: take it, and no partial sum.
        read: take this partial sum; one bit a block, none or one is high.
        write: it takes ``added``.
        finish: the finished sum takes ``added``.
        added: the complement of the base and a tile's terms.
        base: the complement of what a tile is added to.
        total: the finished sum.
    """

    def __init__(self, bits: int, blocks: int) -> None:
        self._bits, self._blocks = bits, blocks
        super().__init__(
            {
                "start": In(signed(bits)),
                "restart": In(1),
                "read": In(blocks),
                "write": In(blocks),
                "finish": In(1),
                "added": In(bits),
                "base": Out(bits),
                "total": Out(signed(bits)),
            }
        )

    def elaborate(self, _platform: Modules) -> Module:
        m = Module()
        words: list[Value] = [~self.start.as_unsigned() & self.restart.replicate(self._bits)]
        for i in range(self._blocks):
            held = Signal(self._bits, name=f"held{i}", reset_less=True)
            with m.If(self.write[i]):
                m.d.sync += held.eq(self.added)
            words.append(held & self.read[i].replicate(self._bits))
        finished = Signal(self._bits, reset_less=True)
        with m.If(self.finish):
            m.d.sync += finished.eq(self.added)
        m.d.comb += [self.base.eq(any_of(words)), self.total.eq(~finished)]
        return m
