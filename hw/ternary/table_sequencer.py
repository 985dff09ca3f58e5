"""The sequencer of the table-stationary loop: tiles outside, blocks of outputs inside."""

from __future__ import annotations

from functools import partial

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import wiring

from hw.modules import Modules
from hw.ternary.choices import Loop
from hw.ternary.configuration import TernaryConfiguration
from hw.ternary.core import Core
from hw.ternary.core_ports import MEANINGS
from hw.ternary.sequencer import command_shape, decrement, sequencer_signature

__all__ = ["TableSequencer", "table_meanings"]


class TableSequencer(wiring.Component):
    """Counts the tiles of a matrix product whose tables stay (``loop = table``).

    For each vector, for each tile of activations, the weights of all blocks of outputs; a command
    is taken between two products.

    Ports (streams, with the core's rules):
        command: a matrix product: its vectors, tiles and blocks, each less one.
        activations: the activations of a tile, the first one lowest.
        weights: the keys of a tile, or the words of its packing, column by column.
        initial: what the sums of the columns start from, bias plus corrections; one for each sum.
        results: the finished sums of the columns; one for each sum.
    """

    def __init__(self, configuration: TernaryConfiguration) -> None:
        self._configuration = c = configuration
        super().__init__(sequencer_signature(c))

    def elaborate(self, platform: Modules) -> Module:
        m = Module()
        shape = command_shape(self._configuration)
        busy = Signal()
        first = Signal(reset_less=True)
        last = Signal()
        release = Signal()
        tiles = Signal(shape["tiles"].shape, reset_less=True)  # all of them less one
        blocks = Signal(shape["blocks"].shape, reset_less=True)
        tiles_left, blocks_left = Signal.like(tiles), Signal.like(blocks)
        vectors_left = Signal(shape["vectors"].shape, reset_less=True)
        core = platform.place(
            m,
            "core",
            "core",
            partial(Core, self._configuration),
            activations_payload=self.activations.payload,
            activations_valid=self.activations.valid,
            weights_payload=Cat(self.weights.payload, first, last, release),
            weights_valid=busy & self.weights.valid,
            initial_payload=self.initial.payload,
            initial_valid=self.initial.valid,
            results_ready=self.results.ready,
        )
        m.d.comb += [
            last.eq(~tiles_left.any()),
            release.eq(~blocks_left.any()),
            self.command.ready.eq(~busy),
            self.activations.ready.eq(core.activations_ready),
            self.weights.ready.eq(busy & core.weights_ready),
            self.initial.ready.eq(core.initial_ready),
            self.results.payload.eq(core.results_payload),
            self.results.valid.eq(core.results_valid),
        ]
        with m.If(self.command.valid & self.command.ready):
            m.d.sync += [
                busy.eq(1),
                first.eq(1),
                tiles.eq(self.command.payload.tiles),
                tiles_left.eq(self.command.payload.tiles),
                blocks.eq(self.command.payload.blocks),
                blocks_left.eq(self.command.payload.blocks),
                vectors_left.eq(self.command.payload.vectors),
            ]
        with m.Elif(self.weights.valid & self.weights.ready):
            m.d.sync += blocks_left.eq(decrement(blocks_left))
            with m.If(release):
                m.d.sync += [
                    blocks_left.eq(blocks),
                    first.eq(last),
                    tiles_left.eq(decrement(tiles_left)),
                ]
                with m.If(last):
                    m.d.sync += [
                        tiles_left.eq(tiles),
                        vectors_left.eq(decrement(vectors_left)),
                        busy.eq(vectors_left.any()),
                    ]
        return m


def table_meanings(configuration: TernaryConfiguration) -> dict[str, str]:
    """What the streams carry where ``loop = table`` makes a difference, for the manifest."""
    if configuration.loop is not Loop.TABLE:
        return {}
    if configuration.sequencer:
        return {
            "command": "a matrix product: tiles of a sum less one, blocks (groups of columns"
            " outputs) less one, and vectors less one"
        }
    weights = MEANINGS["weights"] + "; release: this tile is the last one of its activations"
    return {"weights": weights}
