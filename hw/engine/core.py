"""The engine: the array, triangles of registers around it, and what loads and swaps weights."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace
from typing import Any

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import wiring

from hw.engine.configuration import MatrixEngine
from hw.engine.delays import Delays
from hw.engine.element import Element
from hw.engine.foot import Foot
from hw.engine.integer_sum import missing
from hw.engine.ports import signature
from hw.modules import Modules

__all__ = ["Core"]


class Core(wiring.Component):
    """Multiplies rows of activations by a tile of weights, a row a cycle.

    Ports (streams, of shapes as in `hw.engine.ports`):
        weights: rows of the next tile of weights.
        activations: the activations of a row of sums.
        initial: what these sums start with (only if they do not start at 0).
        results: the sums, finished or not.

    Row r of the array meets its activations r cycles after row 0, column c them c cycles after
    column 0. As long as a result is not taken, everything stands still.
    """

    def __init__(self, configuration: MatrixEngine) -> None:
        self._configuration = configuration
        super().__init__(signature(configuration))

    def elaborate(self, platform: Modules) -> Module:
        m = Module()
        c = self._configuration
        ports: Any = self  # they come with the signature
        advance, entered, token = Signal(), Signal(), Signal()
        passing = Signal()  # the start of a tile is in the last column of row 0
        loads = self._load(m, advance, token, passing)
        on_the_way = Signal(c.latency)
        with m.If(advance):
            m.d.sync += on_the_way.eq(Cat(entered, on_the_way))
        m.d.comb += [
            advance.eq(ports.results.ready | ~on_the_way[-1]),
            entered.eq(ports.activations.valid & ports.activations.ready),
            token.eq(entered & ports.activations.payload.first),
            ports.results.valid.eq(on_the_way[-1]),
        ]
        activations = self._delayed(
            m,
            platform,
            "activation_skew",
            ports.activations.payload.codes,
            tuple(range(c.rows)),
            advance,
        )
        starts = [token]  # of a tile in each row
        for row in range(1, c.rows):
            starts.append(Signal(name=f"start{row}"))
            with m.If(advance):
                m.d.sync += starts[row].eq(starts[row - 1])
        sums = self._tops(m, platform, advance)
        grid: list[list[SimpleNamespace]] = []
        for row in range(c.rows):
            grid.append([])
            passed = SimpleNamespace(
                activation_out=activations[row], swap_out=starts[row], sum_out=None
            )
            for column in range(c.columns):
                passed = platform.place(
                    m,
                    f"element{row}_{column}",
                    "element",
                    partial(Element, c),
                    advance=advance,
                    activation=passed.activation_out,
                    swap=passed.swap_out,
                    weight=ports.weights.payload.codes.word_select(column, c.factors[1].bits),
                    load=loads[row],
                    sum=sums[column],
                )
                grid[row].append(passed)
            sums = [element.sum_out for element in grid[row]]
        m.d.comb += passing.eq(grid[0][-2].swap_out if c.columns > 1 else token)
        self._leave(m, platform, sums, advance)
        return m

    def _load(self, m: Module, advance: Value, token: Value, passing: Value) -> list[Value]:
        """Weights go into their row, one after the other, behind the start of the tile before.

        Returns:
            For each row whether it takes weights.
        """
        c = self._configuration
        ports: Any = self
        opened = Signal(init=1)  # rows may be overwritten: the tile before has taken them over
        full = Signal()
        loaded = Signal()
        last = Signal(name="last_row")
        row = Signal((c.rows - 1).bit_length(), name="row")
        ready = advance & (~ports.activations.payload.first | full)
        if c.initial:
            m.d.comb += ports.initial.ready.eq(ready & ports.activations.valid)
            ready &= ports.initial.valid
        m.d.comb += [
            ports.weights.ready.eq(advance & opened),
            loaded.eq(ports.weights.valid & ports.weights.ready),
            last.eq(row == c.rows - 1),
            ports.activations.ready.eq(ready),
        ]
        with m.If(advance):
            m.d.sync += [
                opened.eq(passing | opened & ~(loaded & last)),
                full.eq(loaded & last | full & ~token),
            ]
        if c.rows > 1:
            with m.If(loaded):
                m.d.sync += row.eq(Mux(last, 0, row + 1))
        loads: list[Value] = []
        for i in range(c.rows):
            loads.append(Signal(name=f"load{i}"))
            m.d.comb += loads[i].eq(loaded & (row == i))
        return loads

    def _delayed(
        self,
        m: Module,
        platform: Modules,
        name: str,
        word: Value,
        lengths: tuple[int, ...],
        advance: Value,
    ) -> list[Value]:
        """The lanes of a word, each after a number of cycles."""
        bits = len(word) // len(lengths)
        if any(lengths):
            build = partial(Delays, bits, lengths)
            word = platform.place(m, name, name, build, advance=advance, word=word).delayed
        return [word.word_select(i, bits) for i in range(len(lengths))]

    def _tops(self, m: Module, platform: Modules, advance: Value) -> list[Value]:
        """What sums of each column start with, and with it what is missing from its products."""
        c = self._configuration
        ports: Any = self
        start = Const(c.rows * missing(c.integers) if c.integers else 0, c.sum_bits)
        if not c.initial:
            return [start] * c.columns
        word = ports.initial.payload.sums
        if start.value:
            tops = []
            for column in range(c.columns):
                tops.append(Signal(c.sum_bits, name=f"top{column}"))
                m.d.comb += tops[column].eq(word.word_select(column, c.sum_bits) + start)
            word = Cat(tops)
        lengths = tuple(range(1, c.columns + 1))
        return self._delayed(m, platform, "sum_skew", word, lengths, advance)

    def _leave(self, m: Module, platform: Modules, sums: list[Value], advance: Value) -> None:
        """Round what is finished, and let the columns leave together."""
        c = self._configuration
        ports: Any = self
        behind = 0
        words = sums
        if c.result:
            behind = 1
            words = []
            finished = Signal(c.rows + c.columns, reset_less=True)  # only where some are not
            if c.keeps_sums:
                with m.If(advance):
                    m.d.sync += finished.eq(Cat(ports.activations.payload.last, finished))
            for column, total in enumerate(sums):
                inputs = {"sum": total}
                inputs |= {"finished": finished[c.rows + column]} if c.keeps_sums else {}
                foot = platform.place(m, f"foot{column}", "foot", partial(Foot, c), **inputs)
                words.append(foot.result)
        lengths = tuple(c.columns - 1 - column + behind for column in range(c.columns))
        lanes = self._delayed(m, platform, "result_skew", Cat(words), lengths, advance)
        m.d.comb += ports.results.payload.words.eq(Cat(lanes))
