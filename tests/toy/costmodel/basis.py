"""What the adder's costs are made of (`costmodel.family.Basis`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from costmodel.energy.activity import Activity
from costmodel.energy.bit_parallel import Lanes
from costmodel.family import Held
from costmodel.model.columns import Columns, encode
from costmodel.model.paths import Path
from costmodel.model.regressions import ONE, Regression, Term, Terms
from costmodel.netlist.netlist import Netlist
from costmodel.system.gemm import Cores
from hw.errors import RequestError
from hw.unit import Unit
from tests.toy.hw import ToyAdder
from tests.toy.hw.adder import Additions

__all__ = ["BASIS"]

Array = NDArray[Any]


class ToyBasis:
    """An adder cell a bit, a flip-flop a bit of a registered sum."""

    family: str = "toy"
    regressions: Mapping[str, Regression] = {
        "add": Regression(("",), (Term("adder", "adder", (ONE, "bits", "flip_flops")),))
    }
    parts: Mapping[str, str] = ToyAdder.parts
    stand_ins: Mapping[str, str] = {}
    gates: Mapping[str, float] = {"carry": 1.0, "register": 2.0}
    chains: frozenset[str] = frozenset(("carry",))
    loads: frozenset[str] = frozenset()
    revision: int = 1
    parameters: Mapping[str, type] = {"unit": str, "bits": int, "register": bool}
    defaults: Mapping[str, Any] = {"register": False}
    unknown: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    axes: Mapping[str, type] = {}
    needed: tuple[str, ...] = ()
    figures: Mapping[str, Callable[[Columns], Array]] = {}
    sources: tuple[str, ...] = ("tests/toy/costmodel/basis",)

    def held(self, columns: Columns) -> Held:
        """See `costmodel.family.Basis.held`."""
        bits = np.asarray(columns["bits"]).astype(float)
        register = np.asarray(columns.get("register", False)).astype(float)
        valid = (bits >= 1) & (bits <= 32)
        quantities = {"bits": bits, "flip_flops": register * (bits + 2)}
        return Held(
            valid=valid,
            operations=np.ones(()),
            kind=encode(columns["unit"]),
            energy_kind=encode(columns["unit"]),
            modules={"adder": Terms(np.ones(()), quantities)} if valid.any() else {},
            paths=_paths(bits, register) if valid.any() else [],
            region={"bits": bits},
        )

    def columns_of(self, unit: ToyAdder) -> dict[str, Any]:
        """See `costmodel.family.Basis.columns_of`."""
        stated = {"unit": unit.unit} | unit.parameters()
        return {name: np.asarray(value) for name, value in stated.items()}

    def columns_of_rows(self, rows: Sequence[Mapping[str, Any]]) -> Columns:
        """See `costmodel.family.Basis.columns_of_rows`."""
        return {name: np.array([row[name] for row in rows]) for name in self.parameters}

    def configuration(self, point: Mapping[str, Any]) -> ToyAdder:
        """See `costmodel.family.Basis.configuration`."""
        return ToyAdder(int(point["bits"]), bool(point.get("register", False)))

    def kind_of(self, row: Mapping[str, Any]) -> str:
        """See `costmodel.family.Basis.kind_of`."""
        return row["unit"]

    def row_of(self, unit: ToyAdder) -> dict[str, Any]:
        """See `costmodel.family.Basis.row_of`."""
        return {"unit": unit.unit} | unit.parameters()

    def plan(self) -> Iterator[tuple[Unit, str]]:
        """Six adders to fit to, two to be tested on."""
        for bits, register, set_name in (
            *((4, False, "fit"), (8, True, "fit"), (6, False, "fit"), (4, True, "fit")),
            *((12, False, "fit"), (12, True, "fit"), (10, False, "held"), (10, True, "held")),
        ):
            yield ToyAdder(bits, register), set_name

    def clock_plan(self) -> Iterator[tuple[Unit, str]]:
        """All of them."""
        return self.plan()

    def filled(self, unit: ToyAdder) -> tuple[ToyAdder, str]:
        """Nothing of an adder is ever idle."""
        return ToyAdder(unit.bits, unit.register, Additions()), "all of it"

    def driven(self, energy: Mapping[str, Array]) -> dict[str, Array]:
        """See `costmodel.family.Basis.driven`."""
        return dict(energy)

    def random_activity(
        self, unit: ToyAdder, netlist: Netlist, *, cycles: int, seed: int
    ) -> tuple[Activity, float]:
        """An addition a cycle in 64 lanes."""
        lanes, rng = Lanes(netlist, 1), np.random.default_rng(seed)
        steps = max(2, cycles // lanes.lanes)
        operands = rng.integers(0, 1 << 64, (steps, 2 * unit.bits, 1), dtype=np.uint64)
        for port in ("rst", "sums_ready", "operands_valid"):
            lanes.put(port, 1)
        for _ in range(2):
            lanes.settle()
            lanes.edge()
        lanes.put("rst", 0)
        lanes.restart()
        for step, planes in enumerate(operands):
            lanes.put("operands_payload", planes)
            lanes.settle()
            shown = step - unit.latency
            if shown >= 0 and (lanes.get("sums_payload") != _sum(operands[shown])).any():
                raise RequestError("the mapped netlist does not add")
            lanes.edge()
        toggles, high = lanes.counts()
        additions = float(lanes.cycles * lanes.lanes)
        return Activity("measured", additions, toggles, high / additions), additions

    def tiles(self, *_of_products: object) -> Array:
        """See `costmodel.family.Basis.tiles`."""
        raise RequestError("a toy_adder runs no matrix products")

    def cores(self, *_of_products: object) -> Cores:
        """See `costmodel.family.Basis.cores`."""
        raise RequestError("a toy_adder runs no matrix products")


def _paths(bits: Array, register: Array) -> list[Path]:
    """The carry chain, to the outputs or into the register, and from there to the outputs."""
    into = {"carry": bits, "register": register}
    return [
        Path({"carry": bits}, exists=1 - register, from_register=False, to_output=True),
        Path(into, exists=register, from_register=False),
        Path({"register": register}, exists=register, from_input=False, to_output=True),
    ]


def _sum(operands: Array) -> Array:
    """Rows of a sum's bits out of those of both operands: a ripple of full adders."""
    carry, rows = np.zeros_like(operands[0]), []
    for left, right in zip(*np.split(operands, 2), strict=True):
        rows.append(left ^ right ^ carry)
        carry = left & right | carry & (left ^ right)
    return np.stack([*rows, carry])


BASIS = ToyBasis()
