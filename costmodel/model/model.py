"""A fitted cost model: the coefficients of a technology, their errors, and where they are from."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from costmodel.ternary.parts import PARTS, REVISION
from costmodel.ternary.steps import GATES
from hw.errors import RequestError

__all__ = [
    "FIGURES",
    "Accuracy",
    "Model",
    "basis_digest",
    "design_kind",
    "energy_kind",
    "load_model",
    "save_model",
    "shipped_models",
]

#: What is estimated, and in what order it is told.
FIGURES = ("area_um2", "delay_ps", "energy_fj_per_operation", "leakage_uw")

_FOLDER = Path(__file__).parents[1] / "ternary" / "models"


@dataclass(frozen=True)
class Accuracy:
    """How far estimates are from measurements that nothing was fitted to.

    Attributes:
        points: measured.
        mean_percent: mean of the absolute relative errors.
        worst_percent: the largest one.
        bias_percent: mean of the relative errors; above 0 where estimates are too large.
    """

    points: int
    mean_percent: float
    worst_percent: float
    bias_percent: float


@dataclass(frozen=True)
class Model:
    """What designs cost on a technology.

    Attributes:
        technology: its name.
        area: um2 of each quantity of `costmodel.ternary.parts`.
        energy: dynamic energy in fJ a cycle of each, under random data, for each `energy_kind`.
        leakage: uW of each um2 of a part.
        delay: ps of each step of `costmodel.ternary.paths`.
        region: for each `design_kind` and quantity the least and the largest value that was
            measured.
        accuracy: held out, for each `design_kind` and figure.
        basis: digest of the quantities and steps that there are coefficients of (`basis_digest`).
        provenance: digests of technology and flow, versions, numbers of designs.
    """

    technology: str
    area: Mapping[str, float]
    energy: Mapping[str, Mapping[str, float]]
    leakage: Mapping[str, float]
    delay: Mapping[str, float]
    region: Mapping[str, Mapping[str, tuple[float, float]]]
    accuracy: Mapping[str, Mapping[str, Accuracy]]
    basis: str
    provenance: Mapping[str, Any]


@cache
def basis_digest() -> str:
    """Of what this version's coefficients stand for: a model of another one means other things.

    The names of all terms and steps, the gates that a step is expected to take, and the revision of
    what they count: data, so that no rewording refuses a model.
    """
    parts = {name: asdict(part) for name, part in PARTS.items()}
    basis = json.dumps([REVISION, parts, dict(GATES)], sort_keys=True)
    return hashlib.sha256(basis.encode()).hexdigest()[:16]


def design_kind(style: str, packing: str = "keys", scale: str = "none", result: str = "") -> str:
    """What designs are measured, and errors told, together.

    ``scaled`` results or integers that are rounded, ``packed`` weights; or else a style.
    """
    style = style or "integer"
    if scale != "none" or (style == "integer" and result):
        return "scaled"
    return "packed" if packing != "keys" else style


def energy_kind(style: str) -> str:
    """What toggles alike: ``float``, or ``fixed``, which floats are that are converted."""
    return "float" if style == "float" else "fixed"


def shipped_models() -> list[str]:
    """Technologies that come with a fitted model."""
    return sorted(path.stem for path in _FOLDER.glob("*.json"))


def load_model(technology: str | Path) -> Model:
    """The model of a shipped technology, or one in a file.

    Args:
        technology: a name, or the path of a file that `save_model` wrote.

    Raises:
        RequestError: there is no such model, or the file is none.
    """
    name = str(technology)
    path = _FOLDER / f"{name}.json"
    if "/" in name or name.endswith(".json"):
        path = Path(name)
    if not path.is_file():
        known = ", ".join(shipped_models())
        raise RequestError(
            f"there is no cost model of {name!r}: it must be {known}, or a file that `macsmith"
            " calibrate --technology ... -o FILE.json` wrote"
        )
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        region = {
            style: {quantity: (float(low), float(high)) for quantity, (low, high) in each.items()}
            for style, each in held.pop("region").items()
        }
        accuracy = {
            style: {figure: Accuracy(**told) for figure, told in each.items()}
            for style, each in held.pop("accuracy").items()
        }
        model = Model(**held, region=region, accuracy=accuracy)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise RequestError(
            f"{path} is no cost model of this version of macsmith: {error}"
        ) from None
    if model.basis != basis_digest():
        raise RequestError(
            f"{path} is a cost model of another version of macsmith: fit it anew, by `macsmith"
            f" calibrate --technology {model.technology}`, with --from if its measured designs are"
            " in a file"
        )
    return model


def save_model(model: Model, path: Path) -> None:
    """Write a model; the file appears when it is whole.

    Raises:
        RequestError: it cannot be written.
    """
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(asdict(model), file, indent=1)
            file.write("\n")
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except OSError as error:
        raise RequestError(f"cannot write {path}: {error.strerror}") from error
