"""What a unit is: the one thing that the whole house knows of a circuit's configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from typing import Any, ClassVar, Protocol, runtime_checkable

from amaranth.lib import wiring

from hw.errors import RequestError
from hw.schedule import Schedule

__all__ = [
    "GemmUnit",
    "Stream",
    "Unit",
    "check_runs_products",
    "configured",
    "gemm_unit",
    "limit_defaults",
    "parameter_defaults",
    "parameter_types",
    "required_limits",
    "required_parameters",
]


@dataclass(frozen=True)
class Stream:
    """A stream at a unit's boundary, with ready and valid.

    Attributes:
        name: its ports are called ``<name>_payload``, ``<name>_valid`` and ``<name>_ready``.
        direction: ``input`` or ``output``, as the unit sees it.
        shape: of its payload, Amaranth's.
        meaning: what a word carries, in words.
    """

    name: str
    direction: str
    shape: Any
    meaning: str


class Unit(Protocol):
    """A circuit's configuration: a frozen dataclass whose constructor checks every parameter.

    Its fields are the parameters of a design file, but for ``workload``, which holds the limits; a
    field without a default must be stated, and defaults stand nowhere else.

    Attributes:
        unit: name, as a design file gives it; unique among all families.
        meaning: what the circuit is, in one line.
        family: name of the family (`hw.families`) that it belongs to.
        operation: what it counts as one operation, such as ``weight``; a singular noun.
        limits: type of what ``[workload]`` of a design file holds: a dataclass whose method
            ``limits`` gives them as a design file states them.
        choices: for each parameter that is one of several words, these words.
        formats: parameters that are the name of a number format.
        parts: for each module of the circuit, by its name without the design's prefix, what it is
            for; area, energy and estimates are told by these parts. ``<module>/heap`` stands for
            the adders of a bit heap in it, ``buffers`` for what synthesis adds. Where a circuit
            has two modules of one name, the second one is called ``<module>_2``.
    """

    unit: ClassVar[str]
    meaning: ClassVar[str]
    family: ClassVar[str]
    operation: ClassVar[str]
    limits: ClassVar[type]
    choices: ClassVar[Mapping[str, tuple[str, ...]]]
    formats: ClassVar[tuple[str, ...]]
    parts: ClassVar[Mapping[str, str]]

    @property
    def workload(self) -> Any:
        """The limits that the circuit is made for."""
        ...

    @property
    def latency(self) -> int:
        """Cycles from the last input that a result needs to that result."""
        ...

    @property
    def initiation_interval(self) -> int:
        """Cycles from the start of one piece of work to that of the next."""
        ...

    @property
    def operations_per_cycle(self) -> int:
        """Operations that it does in a cycle when nothing stalls."""
        ...

    def parameters(self) -> dict[str, Any]:
        """The parameters as a design file states them, defaults resolved."""
        ...

    def component(self) -> wiring.Component:
        """The circuit."""
        ...

    def signature(self) -> wiring.Signature:
        """The circuit's ports, without making the circuit."""
        ...

    def streams(self) -> tuple[Stream, ...]:
        """Its streams, in the order of its ports."""
        ...

    def manifest(self) -> dict[str, Any]:
        """What a stranger must know to drive it besides its ports and streams; JSON."""
        ...


@runtime_checkable
class GemmUnit(Unit, Protocol):
    """A unit that runs whole matrix products, tile by tile."""

    @property
    def largest_weight(self) -> int:
        """The largest magnitude of a weight that it multiplies by."""
        ...

    def schedule(
        self, products: Sequence[tuple[int, int, int]], kept_tiles: Sequence[int] | None = None
    ) -> Schedule:
        """Cycles, traffic and storage of matrix products.

        Args:
            products: inputs, outputs and batch of each.
            kept_tiles: tiles that remain of each where those without a weight are left out.

        Raises:
            RequestError: the unit does not carry a product, or can leave nothing out.
        """
        ...


def check_runs_products(unit: Unit | type[Unit]) -> None:
    """See that a unit runs matrix products: it is a `GemmUnit`.

    Raises:
        RequestError: it does not.
    """
    if not hasattr(unit, "schedule"):
        raise RequestError(
            f"a {unit.unit} runs no matrix products: this is for units that have a schedule"
        )


def gemm_unit(unit: Unit) -> GemmUnit:
    """A configuration that must run matrix products.

    Raises:
        RequestError: it does not.
    """
    check_runs_products(unit)
    assert isinstance(unit, GemmUnit)
    return unit


def configured(unit: type[Unit], parameters: Mapping[str, Any], limits: Mapping[str, Any]) -> Unit:
    """The configuration of parameters and limits.

    Raises:
        RequestError: one of them is out of range, or they contradict each other.
    """
    constructor: Any = unit
    return constructor(**parameters, workload=unit.limits(**limits))


def parameter_defaults(unit: type[Unit]) -> dict[str, Any]:
    """The parameters of a unit with their defaults; those that must be stated have `MISSING`."""
    dataclass_type: Any = unit
    return {
        field.name: field.default for field in fields(dataclass_type) if field.name != "workload"
    }


def parameter_types(unit: type[Unit]) -> dict[str, type]:
    """Types of the parameters, as a space varies them: whole numbers, truth values, or texts."""
    dataclass_type: Any = unit
    plain = {"int": int, "bool": bool}
    return {
        field.name: plain.get(str(field.type), str)
        for field in fields(dataclass_type)
        if field.name != "workload"
    }


def required_parameters(unit: type[Unit]) -> list[str]:
    """The parameters that a design must state."""
    return [name for name, value in parameter_defaults(unit).items() if value is MISSING]


def limit_defaults(unit: type[Unit]) -> dict[str, Any]:
    """The limits of a unit with their defaults; those that must be stated have `MISSING`."""
    return {field.name: field.default for field in fields(unit.limits)}


def required_limits(unit: type[Unit]) -> list[str]:
    """The limits that a design must state."""
    return [name for name, value in limit_defaults(unit).items() if value is MISSING]
