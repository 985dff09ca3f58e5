"""A mapped netlist at work in many lanes: streams without pauses, results compared.

All lanes have the same schedule, since handshakes and flags do not depend on data, and each its own
data. Counted is steady state alone: what comes before the first result, and after a stream has run
dry, is not.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from costmodel.energy.activity import Activity
from costmodel.energy.bit_parallel import Lanes
from costmodel.netlist.evaluation import Planes
from costmodel.netlist.netlist import Netlist
from hw.errors import RequestError

__all__ = ["RESET_CYCLES", "WRONG", "run_lanes", "to_planes"]

RESET_CYCLES = 2
WRONG = "the mapped netlist does not do what it should"
_PATIENCE = 100  # cycles without a transfer


def to_planes(words: NDArray[np.uint8]) -> Planes:
    """Turn words of shape (lanes, beats, bytes) into shape (beats, bits, words of lanes)."""
    bits = np.unpackbits(words, axis=-1, bitorder="little").transpose(1, 2, 0)
    return np.packbits(np.ascontiguousarray(bits), axis=-1, bitorder="little").view("<u8")


def run_lanes(
    netlist: Netlist,
    inputs: dict[str, Planes],
    results: Planes,
    period: int,
    *,
    paced_by: str | None,
    ahead: frozenset[str] = frozenset(),
) -> Activity | None:
    """Drive a mapped netlist and watch it until the last result has come.

    Args:
        netlist: mapped, before or after sizing; its output stream is called ``results``.
        inputs: the beats of each input stream, shape (beats, bits, words); alike in what does not
            depend on data, so that all lanes have one schedule.
        results: what must come, in the same shape.
        period: cycles after which the schedule repeats.
        paced_by: the input stream of which a beat is taken in every cycle that does work; None if
            inputs have to wait in some cycles of each period.
        ahead: streams whose beats are taken long before they are needed, so that their end does not
            end the steady state.

    Returns:
        Toggles of whole periods from the first result on, until a stream runs dry or there is a
        cycle without work; None if there is no such period.

    Raises:
        RequestError: a result was wrong or missing, or the netlist has loops or other clocks.
    """
    lanes = Lanes(netlist, results.shape[-1])
    _reset(lanes)
    drivers = {name: _Driver(lanes, name, beats) for name, beats in inputs.items()}
    steady = [driver for name, driver in drivers.items() if name not in ahead]
    results = results[:, : len(lanes.get("results_payload"))]
    counts = _Counts(lanes, period)
    came, quiet = 0, 0
    while came < len(results):
        lanes.settle()
        taken = [driver for driver in drivers.values() if driver.takes()]
        leaves = _flag(lanes, "results_valid")
        if leaves:
            _check(lanes.get("results_payload"), results[came], came)
            came += 1
        quiet = 0 if taken or leaves else quiet + 1
        if quiet > _PATIENCE:
            raise RequestError(
                f"{WRONG}: {len(results) - came} of {len(results)} results are missing after"
                f" {_PATIENCE} cycles without a transfer"
            )
        lanes.edge()
        for driver in taken:
            driver.go_on()
        works = paced_by is None or drivers[paced_by] in taken
        counts.cycle(works=works, dry=any(driver.dry for driver in steady))
        if leaves and came == 1:
            counts.begin()
    return counts.activity()


def _reset(lanes: Lanes) -> None:
    lanes.put("rst", 1)
    lanes.put("results_ready", 1)
    for _ in range(RESET_CYCLES):
        lanes.settle()
        lanes.edge()
    lanes.put("rst", 0)


class _Driver:
    """Offers a stream's beats without a pause."""

    def __init__(self, lanes: Lanes, stream: str, beats: Planes) -> None:
        self._lanes, self._stream = lanes, stream
        self._beats = beats[:, : len(lanes.get(f"{stream}_payload"))]
        self._at = 0
        self._offer()

    @property
    def dry(self) -> bool:
        """All beats have been taken."""
        return self._at == len(self._beats)

    def _offer(self) -> None:
        self._lanes.put(f"{self._stream}_valid", int(not self.dry))
        if not self.dry:
            self._lanes.put(f"{self._stream}_payload", self._beats[self._at])

    def takes(self) -> bool:
        """Whether the netlist takes the offered beat in this cycle."""
        return not self.dry and _flag(self._lanes, f"{self._stream}_ready")

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

    def cycle(self, *, works: bool, dry: bool) -> None:
        """A cycle is over: whether it did work, and whether a stream is dry after it."""
        lanes = self._lanes
        self._steady = self._steady and works
        if self._steady and lanes.cycles % self._period == 0:
            self._kept = (float(lanes.cycles * lanes.lanes), *lanes.counts())
        self._steady = self._steady and not dry

    def activity(self) -> Activity | None:
        """What was counted; None if not even one period was."""
        if self._kept is None:
            return None
        cycles, toggles, high = self._kept
        return Activity("measured", cycles, toggles, high / cycles)


def _flag(lanes: Lanes, port: str) -> bool:
    """A handshake's signal, the same in all lanes."""
    values = lanes.get(port)
    if (values != values[0, 0]).any() or values[0, 0] not in (0, ~np.uint64(0)):
        raise RequestError(f"{WRONG}: {port} depends on the data")
    return bool(values[0, 0])


def _check(result: Planes, expected: Planes, number: int) -> None:
    """Compare a result in all lanes."""
    wrong = np.bitwise_or.reduce(result ^ expected, axis=0)
    if wrong.any():
        count = int(np.bitwise_count(wrong).sum())
        raise RequestError(
            f"{WRONG}: result {number} is wrong in {count} of {64 * len(wrong)} lanes"
        )
