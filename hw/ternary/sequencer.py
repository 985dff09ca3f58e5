"""The sequencer: runs a whole matrix product through a core."""

from __future__ import annotations

from amaranth.hdl import Cat, Module, Signal, Value
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In

from hw.modules import Modules
from hw.ternary.configuration import TernaryConfiguration
from hw.ternary.core import (
    MEANINGS,
    Core,
    core_signature,
    keys_shape,
)

__all__ = ["Sequencer", "command_shape", "component", "meanings", "signature"]


def command_shape(configuration: TernaryConfiguration) -> data.StructLayout:
    """A matrix product: ``tiles`` a sum and ``sums``, each less one, so that every code is legal.

    ``sums`` counts the groups of K outputs of all vectors: blocks * batch. With ``loop = table``
    there are ``blocks`` and ``vectors`` instead.
    """
    c, w = configuration, configuration.workload
    tiles, blocks, batch = c.tiles(w.inputs), c.blocks(w.outputs), w.batch
    counts = {"tiles": tiles, "sums": blocks * batch}
    if c.loop == "table":
        counts = {"tiles": tiles, "blocks": blocks, "vectors": batch}
    return data.StructLayout(
        {name: max(1, (count - 1).bit_length()) for name, count in counts.items()}
    )


def sequencer_signature(configuration: TernaryConfiguration) -> wiring.Signature:
    """The ports of a `Sequencer`."""
    c = configuration
    members = dict(core_signature(c).members)
    members["weights"] = In(stream.Signature(keys_shape(c)))
    return wiring.Signature({"command": In(stream.Signature(command_shape(c)))} | members)


#: What the streams carry where they differ from the core's, for the manifest.
COMMAND_MEANINGS = {
    "command": "a matrix product: tiles of a sum less one, and sums (groups of columns outputs, of"
    " all vectors) less one",
    "weights": "the weight keys of a tile, keys[column][group of activations]",
}


_TABLE_COMMAND = {
    "command": "a matrix product: tiles of a sum less one, blocks (groups of columns outputs) less"
    " one, and vectors less one"
}
_TABLE_WEIGHTS = {
    "weights": MEANINGS["weights"] + "; release: this tile is the last one of its activations"
}


class Sequencer(wiring.Component):
    """Counts the tiles of a matrix product, so that its weights need no flags.

    Ports (streams, with the core's rules):
        command: one for each matrix product (`command_shape`).
        activations, initial: as for the `Core`.
        weights: a tile's keys (`keys_shape`).
        results: one for each sum (`result_shape`).

    The order of the tiles is the caller's: all tiles of a sum one after the other, the sums in any
    order that suits the streams. A command is taken between two matrix products; that cycle and one
    a tile are all it costs (`TernaryConfiguration.cycles`), and the results of one product leave
    while the next one runs.
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
        tiles = Signal(shape["tiles"].shape, reset_less=True)  # of a sum, less one
        tiles_left = Signal.like(tiles)
        sums_left = Signal(shape["sums"].shape, reset_less=True)
        core = platform.place(
            m,
            "core",
            "core",
            lambda: Core(self._configuration),
            activations__payload=self.activations.payload,
            activations__valid=self.activations.valid,
            weights__payload=Cat(self.weights.payload, first, last),
            weights__valid=busy & self.weights.valid,
            initial__payload=self.initial.payload,
            initial__valid=self.initial.valid,
            results__ready=self.results.ready,
        )
        m.d.comb += [
            last.eq(~tiles_left.any()),
            self.command.ready.eq(~busy),
            self.activations.ready.eq(core.activations__ready),
            self.weights.ready.eq(busy & core.weights__ready),
            self.initial.ready.eq(core.initial__ready),
            self.results.payload.eq(core.results__payload),
            self.results.valid.eq(core.results__valid),
        ]
        with m.If(self.command.valid & self.command.ready):
            m.d.sync += [
                busy.eq(1),
                first.eq(1),
                tiles.eq(self.command.payload.tiles),
                tiles_left.eq(self.command.payload.tiles),
                sums_left.eq(self.command.payload.sums),
            ]
        with m.Elif(self.weights.valid & self.weights.ready):
            m.d.sync += [first.eq(last), tiles_left.eq(_decrement(tiles_left))]
            with m.If(last):
                m.d.sync += [tiles_left.eq(tiles), sums_left.eq(_decrement(sums_left))]
                m.d.sync += busy.eq(sums_left.any())
        return m


class TableSequencer(wiring.Component):
    """Counts the tiles of a matrix product whose tables stay (``loop = table``).

    Ports: those of the `Sequencer`. For each vector, for each tile of activations, the weights of
    all blocks of outputs; a command is taken between two products, as there.
    """

    def __init__(self, configuration: TernaryConfiguration) -> None:
        self._configuration = c = configuration
        super().__init__(sequencer_signature(c))

    def elaborate(self, platform: Modules) -> Module:
        m = Module()
        shape = command_shape(self._configuration)
        busy = Signal()
        first, last, release = Signal(reset_less=True), Signal(), Signal()
        tiles = Signal(shape["tiles"].shape, reset_less=True)  # all of them less one
        blocks = Signal(shape["blocks"].shape, reset_less=True)
        tiles_left, blocks_left = Signal.like(tiles), Signal.like(blocks)
        vectors_left = Signal(shape["vectors"].shape, reset_less=True)
        core = platform.place(
            m,
            "core",
            "core",
            lambda: Core(self._configuration),
            activations__payload=self.activations.payload,
            activations__valid=self.activations.valid,
            weights__payload=Cat(self.weights.payload, first, last, release),
            weights__valid=busy & self.weights.valid,
            initial__payload=self.initial.payload,
            initial__valid=self.initial.valid,
            results__ready=self.results.ready,
        )
        m.d.comb += [
            last.eq(~tiles_left.any()),
            release.eq(~blocks_left.any()),
            self.command.ready.eq(~busy),
            self.activations.ready.eq(core.activations__ready),
            self.weights.ready.eq(busy & core.weights__ready),
            self.initial.ready.eq(core.initial__ready),
            self.results.payload.eq(core.results__payload),
            self.results.valid.eq(core.results__valid),
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
            m.d.sync += blocks_left.eq(_decrement(blocks_left))
            with m.If(release):
                m.d.sync += [
                    blocks_left.eq(blocks),
                    first.eq(last),
                    tiles_left.eq(_decrement(tiles_left)),
                ]
                with m.If(last):
                    m.d.sync += [
                        tiles_left.eq(tiles),
                        vectors_left.eq(_decrement(vectors_left)),
                        busy.eq(vectors_left.any()),
                    ]
        return m


def meanings(configuration: TernaryConfiguration) -> dict[str, str]:
    """What each stream of a configuration's circuit carries."""
    table = configuration.loop == "table"
    if not configuration.sequencer:
        return MEANINGS | (_TABLE_WEIGHTS if table else {})
    return MEANINGS | COMMAND_MEANINGS | (_TABLE_COMMAND if table else {})


def signature(configuration: TernaryConfiguration) -> wiring.Signature:
    """The ports of a configuration's circuit."""
    return (sequencer_signature if configuration.sequencer else core_signature)(configuration)


def component(configuration: TernaryConfiguration) -> Core | Sequencer | TableSequencer:
    """The circuit of a configuration: the core, with the sequencer around it if so asked."""
    if not configuration.sequencer:
        return Core(configuration)
    return (TableSequencer if configuration.loop == "table" else Sequencer)(configuration)


def _decrement(value: Value) -> Value:
    """One less, modulo the value's range: no bit of a borrow that nobody reads."""
    return Cat(bit ^ ~value[:i].any() for i, bit in enumerate(value))
