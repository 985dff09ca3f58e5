"""The sequencer: runs a whole matrix product through a core."""

from __future__ import annotations

from contextlib import nullcontext
from functools import partial

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In

from hw.modules import Modules
from hw.ternary.choices import Loop
from hw.ternary.configuration import TernaryConfiguration
from hw.ternary.core_ports import core_signature, keys_shape
from hw.ternary.float_core import core_of

__all__ = ["COMMAND_MEANINGS", "Sequencer", "command_shape", "decrement", "sequencer_signature"]


def command_shape(configuration: TernaryConfiguration) -> data.StructLayout:
    """A matrix product: ``tiles`` a sum and ``sums``, each less one, so that every code is legal.

    ``sums`` counts the groups of K outputs of all vectors: blocks * batch; with scales of groups of
    inputs each of these is a sum: blocks * batch * groups. With ``loop = table`` there are
    ``blocks`` and ``vectors`` instead. With ``planes`` the tiles are those of one plane; all sums
    have all planes.
    """
    c, w = configuration, configuration.workload
    tiles, blocks = c.tiles_of_sum(w.inputs), c.blocks(w.outputs)
    counts = {"tiles": tiles, "sums": blocks * w.batch * c.groups(w.inputs)}
    if c.loop is Loop.TABLE:
        counts = {"tiles": tiles, "blocks": blocks, "vectors": w.batch}
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


class Sequencer(wiring.Component):
    """Counts the tiles of a matrix product, so that its weights need no flags.

    Ports (streams, with the core's rules):
        command: a matrix product: its tiles a sum less one, and its sums less one.
        activations: the activations of a tile, the first one lowest.
        weights: the keys of a tile, or the words of its packing, column by column.
        initial: what the sums of the columns start from, bias plus corrections; one for each sum.
        results: the finished sums of the columns; one for each sum.

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
        planes = self._configuration.planes
        shape = command_shape(self._configuration)
        busy = Signal()
        first = Signal(reset_less=True)
        last = Signal()
        tiles = Signal(shape["tiles"].shape, reset_less=True)  # of a sum, less one
        tiles_left = Signal.like(tiles)
        sums_left = Signal(shape["sums"].shape, reset_less=True)
        sum_present, next_tile, turns = Const(1), Const(1), self._configuration.interleave
        if turns > 1:  # the tiles of so many sums take turns; some of the last ones are not there
            turn = Signal(range(turns))
            sum_present, next_tile = turn <= sums_left, turn == turns - 1
            with m.If(self.weights.valid & self.weights.ready):
                m.d.sync += turn.eq(Mux(next_tile, 0, turn + 1))
        planes_left = Signal(range(planes), reset_less=True)  # of a sum, less one
        highest, lowest = planes_left == planes - 1, ~planes_left.any()
        flags: list[Value] = [first & sum_present, last & sum_present]
        if planes > 1:  # then first and last are those of a plane
            flags = [first & highest, last & lowest, first & ~highest]
        core = platform.place(
            m,
            "core",
            "core",
            partial(core_of, self._configuration),
            activations_payload=self.activations.payload,
            activations_valid=self.activations.valid,
            weights_payload=Cat(self.weights.payload, *flags),
            weights_valid=busy & self.weights.valid,
            initial_payload=self.initial.payload,
            initial_valid=self.initial.valid,
            results_ready=self.results.ready,
        )
        m.d.comb += [
            last.eq(~tiles_left.any()),
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
                sums_left.eq(self.command.payload.sums),
            ]
            if planes > 1:
                m.d.sync += planes_left.eq(planes - 1)
        with m.Elif(self.weights.valid & self.weights.ready & next_tile):
            m.d.sync += [first.eq(last), tiles_left.eq(decrement(tiles_left))]
            with m.If(last):
                fewer = decrement(sums_left) if turns == 1 else sums_left - turns
                m.d.sync += tiles_left.eq(tiles)
                if planes > 1:
                    m.d.sync += planes_left.eq(Mux(lowest, planes - 1, decrement(planes_left)))
                with m.If(lowest) if planes > 1 else nullcontext():
                    m.d.sync += sums_left.eq(fewer)
                    m.d.sync += busy.eq(sums_left.any() if turns == 1 else sums_left >= turns)
        return m


def decrement(value: Value) -> Value:
    """One less, modulo the value's range: no bit of a borrow that nobody reads."""
    return Cat(bit ^ ~value[:i].any() for i, bit in enumerate(value))
