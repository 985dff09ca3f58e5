"""A fitted cost model: the coefficients of a technology, their errors, and where they are from."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from costmodel.family import Basis, basis_of_family
from hw.errors import RequestError, check_integer
from hw.families import FAMILIES
from sim.reading import parse_json, read_text
from sim.writing import atomic_write

__all__ = [
    "CLOCKED",
    "COARSE_STEPS",
    "FEWEST_HELD_OUT",
    "FIGURES",
    "Accuracy",
    "Clocks",
    "End",
    "Model",
    "Way",
    "basis_digest",
    "load_model",
    "read_model",
    "save_model",
    "shipped_models",
    "some_models",
]

#: What is estimated, and in what order it is told.
FIGURES = ("area_um2", "delay_ps", "energy_fj_per_operation", "leakage_uw")

#: What the clocked part of a model states errors of.
CLOCKED = ("fastest_clock_ps", "area_um2", "energy_fj_per_operation", "leakage_uw")

#: The steps that paths are told by at clocks (`costmodel.model.clocks`).
COARSE_STEPS = ("gates", "loads", "bits", "levels")

_OF_WAYS = ("bend", "energy", "leakage")
_LARGEST = 1e12  # of any number in a model


#: Designs of a kind whose errors say something of the next one.
FEWEST_HELD_OUT = 5


@dataclass(frozen=True)
class Accuracy:
    """How far estimates are from measurements that nothing was fitted to.

    Attributes:
        points: measured.
        mean_percent: mean of the absolute relative errors.
        worst_percent: the largest one.
        bias_percent: mean of the relative errors; above 0 where estimates are too large.

    An error of fewer than `FEWEST_HELD_OUT` designs says little, and is shown as ``too few``.
    """

    points: int
    mean_percent: float
    worst_percent: float
    bias_percent: float


@dataclass(frozen=True)
class End:
    """A circuit that a recipe makes of a design, told by that of the least area.

    Attributes:
        gains: of its paths, by the steps of `costmodel.model.clocks.coarse_paths`.
        prices: by regression, the share of its least area that it takes more.
    """

    gains: Mapping[str, float]
    prices: Mapping[str, float]


@dataclass(frozen=True)
class Way:
    """A recipe of synthesis, from the smallest circuit that it makes to the fastest.

    Attributes:
        smallest, fastest: its two ends.
        bend: exponent of the way between them.
        energy: growth of dynamic energy, as a share of that of the area.
        leakage: likewise of leakage.
    """

    smallest: End
    fastest: End
    bend: float
    energy: float
    leakage: float


@dataclass(frozen=True)
class Clocks:
    """What a technology's designs cost at a clock, beyond those of least area.

    How it is applied, `costmodel.model.clocks` says.

    Attributes:
        ways: by recipe.
        region: as that of `Model`, of the designs measured at clocks.
        accuracy: held out, of designs of all kinds together, for each figure of `CLOCKED`; of the
            fastest clock a design counts once, of the others each of its clocks.
        designs: measured at clocks, by set.
    """

    ways: Mapping[str, Way]
    region: Mapping[str, Mapping[str, tuple[float, float]]]
    accuracy: Mapping[str, Accuracy]
    designs: Mapping[str, int]


@dataclass(frozen=True)
class Model:
    """What designs cost on a technology.

    Attributes:
        technology: its name.
        family: whose units it is of.
        area: um2 of each quantity of the family's parts.
        energy: dynamic energy in fJ a cycle of each, under random data, for each kind that toggles
            alike (`costmodel.family.Held.energy_kind`).
        leakage: uW of each um2 of a part.
        delay: ps of each step of the family's paths.
        region: for each kind of designs (`costmodel.family.Held.kind`) and quantity the least and
            the largest value that was measured.
        accuracy: held out, for each kind and figure.
        basis: digest of the quantities and steps that there are coefficients of (`basis_digest`).
        provenance: digests of technology and flow, versions, numbers of designs.
        clocks: None where no design was measured at a clock.
    """

    technology: str
    family: str
    area: Mapping[str, float]
    energy: Mapping[str, Mapping[str, float]]
    leakage: Mapping[str, float]
    delay: Mapping[str, float]
    region: Mapping[str, Mapping[str, tuple[float, float]]]
    accuracy: Mapping[str, Mapping[str, Accuracy]]
    basis: str
    provenance: Mapping[str, Any]
    clocks: Clocks | None = None


def basis_digest(basis: Basis) -> str:
    """Of what this version's coefficients stand for: a model of another one means other things.

    The names of all terms and steps, the gates that a step is expected to take, and the revision of
    what they count: data, so that no rewording refuses a model.
    """
    regressions = {name: asdict(content) for name, content in basis.regressions.items()}
    text = json.dumps([basis.revision, regressions, dict(basis.gates)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def shipped_models(family: str) -> list[str]:
    """Technologies that come with a fitted model of a family."""
    return sorted(path.stem for path in _folder(family).glob("*.json"))


def some_models(family: str) -> list[str]:
    """As `shipped_models`, and at least one.

    Raises:
        RequestError: there is none.
    """
    if models := shipped_models(family):
        return models
    raise RequestError(
        f"no cost model of the {family} family comes along: `macsmith calibrate --family {family}"
        " --technology NAME -o FILE.json` fits one to measured designs, and --technology FILE.json"
        " takes it; `macsmith synthesize` measures a single design"
    )


def load_model(technology: str | Path, family: str) -> Model:
    """A family's model of a shipped technology, or one in a file.

    Args:
        technology: a name, or the path of a file that `save_model` wrote.
        family: whose units are to be estimated.

    Raises:
        RequestError: there is no such model, or the file is none, or one of another family.
    """
    name = str(technology)
    path = _folder(family) / f"{name}.json"
    if "/" in name or name.endswith(".json"):
        path = Path(name)
    if not os.path.lexists(path):
        known = ", ".join(some_models(family))
        raise RequestError(
            f"there is no cost model of {name!r} for the {family} family: it must be {known}, or a"
            " file that `macsmith calibrate --technology ... -o FILE.json` wrote"
        )
    model = read_model(path)
    if model.family != family:
        raise RequestError(
            f"{path} is a cost model of the {model.family} family, and {family} units are asked for"
        )
    return model


def read_model(path: Path) -> Model:
    """The model in a file.

    Raises:
        RequestError: the file holds none that this version can use.
    """
    try:
        model = _model(parse_json(read_text(path, "cost model"), "it"))
        basis = basis_of_family(model.family)
    except RequestError as error:
        raise RequestError(
            f"{path} is no cost model of this version of macsmith: {error}"
        ) from None
    if model.basis == basis_digest(basis):
        _check_names(model, basis, path)
    else:
        raise RequestError(
            f"{path} is a cost model of another version of macsmith: fit it anew, by `macsmith"
            f" calibrate --technology {model.technology}`, with --from if its measured designs are"
            " in a file"
        )
    return model


def _folder(family: str) -> Path:
    """Where a family keeps the models that come along."""
    path = FAMILIES[family].room("costmodel", "basis").__file__
    assert path is not None
    return Path(path).parent / "models"


def _check_names(model: Model, basis: Basis, path: Path) -> None:
    """See that prices are of what the family has, and that something takes time.

    Raises:
        RequestError: they are not.
    """
    none = f"{path} is no cost model of this version of macsmith"
    tables = [("leakage", model.leakage, tuple(basis.regressions))]
    slow = [("delay", model.delay, tuple(basis.gates))]
    for recipe, way in model.clocks.ways.items() if model.clocks else ():
        for name, end in (("smallest", way.smallest), ("fastest", way.fastest)):
            place = f"clocks.ways.{recipe}.{name}"
            tables.append((f"{place}.prices", end.prices, tuple(basis.regressions)))
            slow.append((f"{place}.gains", end.gains, COARSE_STEPS))
    for place, prices, names in (*tables, *slow):
        for name in prices.keys() - set(names):
            raise RequestError(f"{none}: {place} has an unknown {name}")
    for place, delays, _ in slow:
        if not any(delays.values()):
            raise RequestError(f"{none}: nothing in {place} is above 0")


def _model(held: Any) -> Model:
    """A model as a file holds it, checked to the last number."""
    names = [field.name for field in fields(Model)]
    parts = _table(
        held | {"clocks": held.get("clocks")} if isinstance(held, dict) else held, "it", names
    )
    for name in ("technology", "family", "basis"):
        if not isinstance(parts[name], str):
            raise RequestError(f"{name} is no text")
    regions, accuracies = _table(parts["region"], "region"), _table(parts["accuracy"], "accuracy")
    tables = {name: _prices(parts[name], name) for name in ("area", "leakage", "delay")}
    energies = _table(parts["energy"], "energy")
    return Model(
        technology=parts["technology"],
        family=parts["family"],
        area=tables["area"],
        energy={kind: _prices(prices, f"energy.{kind}") for kind, prices in energies.items()},
        leakage=tables["leakage"],
        delay=tables["delay"],
        region={kind: _region(ranges, f"region.{kind}") for kind, ranges in regions.items()},
        accuracy={
            kind: {
                figure: Accuracy(**_accuracy(errors, f"accuracy.{kind}.{figure}"))
                for figure, errors in _table(table, f"accuracy.{kind}", FIGURES).items()
            }
            for kind, table in accuracies.items()
        },
        basis=parts["basis"],
        provenance=_table(parts["provenance"], "provenance"),
        clocks=None if parts["clocks"] is None else _clocks(parts["clocks"]),
    )


def _clocks(held: Any) -> Clocks:
    """The clocked part of a model."""
    parts = _table(held, "clocks", [field.name for field in fields(Clocks)])
    accuracies = _table(parts["accuracy"], "clocks.accuracy", CLOCKED)
    regions, ways = _table(parts["region"], "clocks.region"), _table(parts["ways"], "clocks.ways")
    return Clocks(
        ways={recipe: _way(way, f"clocks.ways.{recipe}") for recipe, way in ways.items()},
        region={kind: _region(ranges, f"clocks.region.{kind}") for kind, ranges in regions.items()},
        accuracy={
            figure: Accuracy(**_accuracy(errors, f"clocks.accuracy.{figure}"))
            for figure, errors in accuracies.items()
        },
        designs=_counts(parts["designs"], "clocks.designs"),
    )


def _way(held: Any, place: str) -> Way:
    parts = _table(held, place, [field.name for field in fields(Way)])
    bend, energy, leakage = (_number(parts[name], f"{place}.{name}") for name in _OF_WAYS)
    return Way(
        smallest=_end(parts["smallest"], f"{place}.smallest"),
        fastest=_end(parts["fastest"], f"{place}.fastest"),
        bend=bend,
        energy=energy,
        leakage=leakage,
    )


def _end(held: Any, place: str) -> End:
    parts = _table(held, place, [field.name for field in fields(End)])
    return End(*(_prices(parts[field.name], f"{place}.{field.name}") for field in fields(End)))


def _table(value: Any, place: str, names: Sequence[str] | None = None) -> dict[str, Any]:
    """A table, of exactly these names if any are given."""
    if not isinstance(value, dict):
        raise RequestError(f"{place} is no table")
    for name in names or ():
        if name not in value:
            raise RequestError(f"{place} has no {name}")
    for name in value if names else ():
        if name not in names:
            raise RequestError(f"{place} has an unknown {name}")
    return value


def _prices(value: Any, place: str) -> dict[str, float]:
    return {name: _number(x, f"{place}.{name}") for name, x in _table(value, place).items()}


def _counts(value: Any, place: str) -> dict[str, int]:
    table = _table(value, place)
    for name, number in table.items():
        check_integer(f"{place}.{name}", number, 0, int(_LARGEST))
    return table


def _region(value: Any, place: str) -> dict[str, tuple[float, float]]:
    ranges = {}
    for name, ends in _table(value, place).items():
        if not isinstance(ends, list) or len(ends) != 2:
            raise RequestError(f"{place}.{name} is no pair of a least and a largest value")
        low, high = (_number(end, f"{place}.{name}") for end in ends)
        ranges[name] = (low, high)
    return ranges


def _accuracy(value: Any, place: str) -> dict[str, Any]:
    errors = _table(value, place, [field.name for field in fields(Accuracy)])
    for name, number in errors.items():
        _number(number, f"{place}.{name}", -_LARGEST if name == "bias_percent" else 0)
    check_integer(f"{place}.points", errors["points"], 1, int(_LARGEST))
    return errors


def _number(value: Any, place: str, least: float = 0) -> float:
    if type(value) not in (int, float) or not least <= value <= _LARGEST:
        raise RequestError(f"{place} = {value!r} is not a number from {least:g} to {_LARGEST:g}")
    return float(value)


def save_model(model: Model, path: Path) -> None:
    """Write a model; the file appears when it is whole.

    Raises:
        RequestError: it cannot be written.
    """
    atomic_write(path, json.dumps(asdict(model), indent=1, allow_nan=False) + "\n")
