"""Activity of a core's mapped netlist on random data: many independent streams, side by side.

The data is that of `sim.simulate.random_products`, typical one, its words those of `sim.streams`.
All lanes have the same schedule, since handshakes and flags do not depend on data, and each its own
activations; some of them share their weights. Counted are whole sums in steady state: from the
first result on, until a stream runs dry; there are no stalls. Every result of every lane is
compared.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from costmodel.activity import Activity
from costmodel.bit_parallel import Lanes, Planes
from costmodel.netlist import Netlist
from hw.errors import RequestError
from hw.ternary import TernaryConfiguration
from sim.simulate import random_products
from sim.streams import streams
from sim.words import Words

__all__ = ["random_activity"]

_LEAST_CYCLES = 16  # counted in each lane
_PRODUCTS = 16  # different weights at a time
_PATIENCE = 100  # cycles without a transfer
_RESET_CYCLES = 2
_WRONG = "the mapped netlist does not do what it should"


def random_activity(
    configuration: TernaryConfiguration, netlist: Netlist, *, cycles: int = 4096, seed: int = 1
) -> Activity:
    """Toggles of every net of a netlist that works on random products without stalls.

    Args:
        configuration: of the core.
        netlist: the core mapped, before or after sizing.
        cycles: to be counted, all lanes together; sums are counted whole, so it may be more.
        seed: of the data.

    Raises:
        RequestError: a result was wrong or missing, or the netlist has loops or other clocks.
    """
    plan = _Plan.of(configuration, cycles)
    inputs, results = _stimulus(configuration, plan, seed)
    lanes = Lanes(netlist, plan.words)
    lanes.put("rst", 1)
    lanes.put("results__ready", 1)
    for _ in range(_RESET_CYCLES):
        lanes.settle()
        lanes.edge()
    lanes.put("rst", 0)
    return _run(lanes, plan.period, inputs, results)


@dataclass(frozen=True)
class _Plan:
    """What each lane works on.

    Attributes:
        words: of lanes.
        period: cycles after which the schedule repeats: those of a sum, or of sums in turns.
        outputs: of each product.
        vectors: of each product of a lane.
        products: of a lane, one after the other.
    """

    words: int
    period: int
    outputs: int
    vectors: int
    products: int

    @classmethod
    def of(cls, c: TernaryConfiguration, cycles: int) -> _Plan:
        work = c.workload
        tiles, blocks = c.tiles(work.inputs) * c.planes, c.blocks(work.outputs)
        by_vector = c.loop == "table"
        period = tiles * (blocks if by_vector else c.interleave)
        words = max(1, round(cycles / 64 / max(period, _LEAST_CYCLES)))
        counted = math.ceil(cycles / (64 * words * period)) * period
        filling = c.latency + c.weight_latency + _RESET_CYCLES
        # until the first result, and until the last sum has taken what it starts from
        beats = counted + math.ceil(filling / period) * period + 2 * period
        sums = math.ceil(beats / tiles)
        outputs = work.outputs
        if sums < blocks and not by_vector:
            blocks = math.ceil(sums / c.interleave) * c.interleave
            outputs = min(outputs, blocks * c.columns)
        turn = c.interleave // math.gcd(c.blocks(outputs), c.interleave)
        needed = math.ceil(sums / c.blocks(outputs))
        vectors = math.ceil(min(needed, work.batch) / turn) * turn
        return cls(words, period, outputs, vectors, math.ceil(needed / vectors))


def _stimulus(c: TernaryConfiguration, plan: _Plan, seed: int) -> tuple[dict[str, Planes], Planes]:
    """The beats of each input stream and the results, shape (beats, bits, words).

    A product of many vectors is shared out: each lane takes a few of them in order.
    """
    lanes = 64 * plan.words
    share = lanes // _PRODUCTS
    work = replace(c.workload, outputs=plan.outputs, batch=share * plan.vectors)
    wide = replace(c, workload=work)
    groups: list[dict[str, NDArray[np.uint8]]] = []  # of lanes that share their weights
    for group in range(_PRODUCTS):
        parts: list[dict[str, NDArray[np.uint8]]] = []
        for number in range(plan.products):
            own = (seed * _PRODUCTS + group) * plan.products + number
            (product,) = random_products(wide, work.batch, own, typical=True)
            found = streams(c, [product])
            words = {"results": found.results, **found.inputs}
            if c.sequencer:  # one command a lane, and not one for all
                first = replace(product, activations=product.activations[: plan.vectors])
                if c.scale == "tensor" and product.scales is not None:
                    first = replace(first, scales=product.scales[: plan.vectors])
                command = streams(c, [first]).inputs["command"].table
                words["command"] = Words.of(np.repeat(command, share, axis=0))
            parts.append(
                {
                    name: each.table[each.order].reshape(share, -1, each.table.shape[1])
                    for name, each in words.items()
                }
            )
        groups.append({name: np.concatenate([p[name] for p in parts], 1) for name in parts[0]})
    planes = {name: _planes(np.concatenate([g[name] for g in groups])) for name in groups[0]}
    results = planes.pop("results")
    return planes, results


def _planes(words: NDArray[np.uint8]) -> Planes:
    """Turn words of shape (lanes, beats, bytes) into shape (beats, bits, words of lanes)."""
    bits = np.unpackbits(words, axis=-1, bitorder="little").transpose(1, 2, 0)
    return np.packbits(np.ascontiguousarray(bits), axis=-1, bitorder="little").view("<u8")


class _Driver:
    """Offers a stream's beats without a pause."""

    def __init__(self, lanes: Lanes, stream: str, beats: Planes) -> None:
        self._lanes, self._stream = lanes, stream
        self._beats = beats[:, : len(lanes.get(f"{stream}__payload"))]
        self._at = 0
        self._offer()

    @property
    def dry(self) -> bool:
        """All beats have been taken."""
        return self._at == len(self._beats)

    def _offer(self) -> None:
        self._lanes.put(f"{self._stream}__valid", int(not self.dry))
        if not self.dry:
            self._lanes.put(f"{self._stream}__payload", self._beats[self._at])

    def takes(self) -> bool:
        """Whether the netlist takes the offered beat in this cycle."""
        return not self.dry and _flag(self._lanes, f"{self._stream}__ready")

    def go_on(self) -> None:
        """Offer the next beat."""
        self._at += 1
        self._offer()


class _Counts:
    """Counts whole periods in steady state."""

    def __init__(self, lanes: Lanes, period: int) -> None:
        self._lanes, self._period = lanes, period
        self._steady = False
        self._kept: tuple[float, NDArray[np.float64], NDArray[np.float64]] | None = None

    def begin(self) -> None:
        """The next cycle is the first of the steady state."""
        self._lanes.restart()
        self._steady = True

    def cycle(self, *, dry: bool) -> None:
        """A cycle is over; after it a stream is dry, or none is."""
        lanes = self._lanes
        if self._steady and lanes.cycles and lanes.cycles % self._period == 0:
            self._kept = (float(lanes.cycles * lanes.lanes), *lanes.counts())
        self._steady = self._steady and not dry

    def activity(self) -> Activity:
        """What was counted."""
        if self._kept is None:
            raise RequestError(f"{_WRONG}: its results come later than the core's latency says")
        cycles, toggles, high = self._kept
        return Activity("measured", cycles, toggles, high / cycles)


def _run(lanes: Lanes, period: int, inputs: dict[str, Planes], results: Planes) -> Activity:
    """Drive and watch until the last result has come."""
    drivers = {name: _Driver(lanes, name, beats) for name, beats in inputs.items()}
    # a command is taken long before its product ends, and is not awaited in steady state
    steady = [driver for name, driver in drivers.items() if name != "command"]
    results = results[:, : len(lanes.get("results__payload"))]
    counts = _Counts(lanes, period)
    came, quiet = 0, 0
    while came < len(results):
        lanes.settle()
        taken = [driver for driver in drivers.values() if driver.takes()]
        leaves = _flag(lanes, "results__valid")
        if leaves:
            _check(lanes.get("results__payload"), results[came], came)
            came += 1
        quiet = 0 if taken or leaves else quiet + 1
        if quiet > _PATIENCE:
            raise RequestError(
                f"{_WRONG}: {len(results) - came} of {len(results)} results are missing after"
                f" {_PATIENCE} cycles without a transfer"
            )
        lanes.edge()
        for driver in taken:
            driver.go_on()
        counts.cycle(dry=any(driver.dry for driver in steady))
        if leaves and came == 1:
            counts.begin()
    return counts.activity()


def _flag(lanes: Lanes, port: str) -> bool:
    """A handshake's signal, the same in all lanes."""
    values = lanes.get(port)
    if (values != values[0, 0]).any() or values[0, 0] not in (0, ~np.uint64(0)):
        raise RequestError(f"{_WRONG}: {port} depends on the data")
    return bool(values[0, 0])


def _check(found: Planes, expected: Planes, number: int) -> None:
    """Compare a result in all lanes."""
    wrong = np.bitwise_or.reduce(found ^ expected, axis=0)
    if wrong.any():
        count = int(np.bitwise_count(wrong).sum())
        raise RequestError(
            f"{_WRONG}: result {number} is wrong in {count} of {64 * len(wrong)} lanes"
        )
