"""The whole circuit of a configuration: the core, and what the configuration asks for around it."""

from __future__ import annotations

from functools import partial
from typing import Any

from amaranth.hdl import Cat, Module, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from hw.codec.shapes import signed_range
from hw.modules import Modules
from hw.ternary.choices import Loop, Style
from hw.ternary.complex import ComplexLut, complex_meanings
from hw.ternary.configuration import TernaryConfiguration
from hw.ternary.core import Core
from hw.ternary.core_ports import core_meanings, core_signature
from hw.ternary.exit import Exit, exit_meanings, results_shape, scales_shape
from hw.ternary.exit_plan import ExitPlan
from hw.ternary.float_core import FloatCore, core_of
from hw.ternary.packing import PACKINGS, packed_meanings
from hw.ternary.planes import plane_meanings
from hw.ternary.sequencer import COMMAND_MEANINGS, Sequencer, sequencer_signature
from hw.ternary.table_sequencer import TableSequencer, table_meanings

__all__ = ["ScaledCore", "component", "meanings", "signature"]


class ScaledCore(wiring.Component):
    """A core, with its sequencer if there is one, and the exit behind it.

    Ports (streams, with the core's rules):
        command: as for the sequencer (only with one).
        activations: the activations of a tile, the first one lowest.
        weights: the keys of a tile, or the words of its packing, column by column, and the core's
            flags, if no sequencer makes them.
        initial: what the sums of the columns start from, bias plus corrections; one for each sum.
        scales: the scales of the results, as for the exit (only with scales).
        corrupt: a bit for each column, column 0 lowest: rises with a sum that met a word that
            stands for no weights, when the exit takes it, and stays until reset (only with words
            that may be corrupt).
        results: the results of the exit.
    """

    def __init__(self, configuration: TernaryConfiguration, plan: ExitPlan) -> None:
        self._configuration, self._plan = configuration, plan
        super().__init__(signature(configuration))

    def elaborate(self, platform: Modules) -> Module:
        m = Module()
        c, plan = self._configuration, self._plan
        streams = [name for name in _inner_signature(c).members if name != "results"]
        inputs: dict[str, Any] = {}
        for name in streams:
            inputs[f"{name}_payload"] = getattr(self, name).payload
            inputs[f"{name}_valid"] = getattr(self, name).valid
        taken = Signal()  # the exit takes the core's sums
        core = platform.place(
            m,
            "core",
            "sequencer" if c.sequencer else "core",
            partial(_inner, c),
            results_ready=taken,
            **inputs,
        )
        if c.reports_corrupt:
            leaves = core.results_valid & taken
            met = core.results_payload.corrupt & leaves.replicate(c.columns)
            m.d.sync += self.corrupt.eq(self.corrupt | met)
        scales: dict[str, Any] = {}
        if plan.scaled:
            scales = {"scales_payload": self.scales.payload, "scales_valid": self.scales.valid}
        leaving = platform.place(
            m,
            "exit",
            "exit",
            partial(Exit, plan),
            sums_payload=self._sums(core.results_payload),
            sums_valid=core.results_valid,
            results_ready=self.results.ready,
            **scales,
        )
        m.d.comb += [
            *(getattr(self, name).ready.eq(getattr(core, f"{name}_ready")) for name in streams),
            taken.eq(leaving.sums_ready),
            self.results.payload.eq(leaving.results_payload),
            self.results.valid.eq(leaving.results_valid),
        ]
        if plan.scaled:
            m.d.comb += self.scales.ready.eq(leaving.scales_ready)
        return m

    def _sums(self, results: Any) -> Value:
        """The core's results as the exit takes them: the block's exponent is that of a unit."""
        c, plan = self._configuration, self._plan
        noted = c.arithmetic.converts or c.reports_corrupt
        totals = results.sums if noted else results
        sums = Cat(total[: plan.sum_bits] for total in totals)
        if not c.arithmetic.converts:
            return sums
        if c.style is not Style.ALIGNED:
            return Cat(sums, results.invalid)
        exponent = results.block + c.arithmetic.unit_exponent(0)
        return Cat(sums, results.invalid, exponent[: signed_range(*plan.exponents).width])


def meanings(configuration: TernaryConfiguration) -> dict[str, str]:
    """What each stream of a configuration's circuit carries."""
    c, plan = configuration, configuration.exit_plan
    packed = packed_meanings(PACKINGS[c.packing], flags=not c.sequencer)
    if c.style is Style.ALIGNED:  # whose activations are padded with 0 anyway
        packed.pop("activations", None)
    return (
        core_meanings(c)
        | (COMMAND_MEANINGS if c.sequencer else {})
        | packed
        | table_meanings(c)
        | (complex_meanings(c.sequencer) if isinstance(c, ComplexLut) else {})
        | (plane_meanings(c) if c.planes > 1 else {})
        | (exit_meanings(plan) if plan else {})
    )


def signature(configuration: TernaryConfiguration) -> wiring.Signature:
    """The ports of a configuration's circuit."""
    plan, inner = configuration.exit_plan, _inner_signature(configuration)
    if plan is None:
        return inner
    members = dict(inner.members)
    del members["results"]
    if plan.scaled:
        members["scales"] = In(stream.Signature(scales_shape(plan)))
    if configuration.reports_corrupt:
        members["corrupt"] = Out(configuration.columns)
    return wiring.Signature(members | {"results": Out(stream.Signature(results_shape(plan)))})


def component(
    configuration: TernaryConfiguration,
) -> Core | FloatCore | Sequencer | TableSequencer | ScaledCore:
    """The circuit of a configuration: the core, a sequencer and an exit around it if so asked."""
    plan = configuration.exit_plan
    return ScaledCore(configuration, plan) if plan else _inner(configuration)


def _inner_signature(configuration: TernaryConfiguration) -> wiring.Signature:
    return (sequencer_signature if configuration.sequencer else core_signature)(configuration)


def _inner(
    configuration: TernaryConfiguration,
) -> Core | FloatCore | Sequencer | TableSequencer:
    if not configuration.sequencer:
        return core_of(configuration)
    return (TableSequencer if configuration.loop is Loop.TABLE else Sequencer)(configuration)
