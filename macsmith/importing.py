"""The import command: a checkpoint's layers as workloads and as data of simulations."""

from __future__ import annotations

import fnmatch
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import typer

from hw.errors import RequestError
from hw.formats.weights import TRIT
from macsmith.checkpoint.core_arrays import core_arrays
from macsmith.checkpoint.layer import MOST_WEIGHTS, Axes, Checkpoint, StoredLayer, Weights
from macsmith.checkpoint.quantise import check_target, quantise_weights
from macsmith.toml_file import nearest
from sim.arrays import npz_bytes
from sim.reading import read_json
from sim.writing import atomic_table, json_text, staged_files

__all__ = ["Request", "report", "run"]

_LIST, _ABOUT = "gemms.csv", "layers.json"
_LONGEST_NAME = 100
_MOST_NAMES = 5  # told of what is left out
_REAL = "real numbers, or integers without a scale each: --quantize makes weights of them"
_TURNED = "nothing says which axis is the outputs: --axes does"


@dataclass(frozen=True)
class Request:
    """What is asked for.

    Attributes:
        path: the checkpoint.
        output: the folder for what is written.
        patterns: names of layers whose arrays are wanted, with ``*`` and ``?``.
        axes: of matrices that do not say so.
        quantize: what weights that are no integers become; empty: they are left out.
        scale_format: of the scales; empty: one that is exact.
        i2s: the layout of I2_S.
        weight_scale: ``multiply`` or ``divide``; empty: as the model's configuration says.
    """

    path: Path
    output: Path
    patterns: Sequence[str] = ()
    axes: Axes | None = None
    quantize: str = ""
    scale_format: str = ""
    i2s: str = "x86"
    weight_scale: str = ""


@dataclass(frozen=True)
class _Layer:
    """A layer that is taken: as stored, its weights' format to be, its outputs and inputs."""

    stored: StoredLayer
    name: str
    format: str
    axes: Axes
    shape: tuple[int, int]


def run(request: Request) -> dict[str, Any]:
    """Read a checkpoint and write what workloads and simulations take; returns what --json prints.

    Raises:
        RequestError: the file cannot be, nothing in it can be taken, or what is asked for of a
            layer contradicts what the file says.
    """
    target = check_target(request.quantize) if request.quantize else ""
    checkpoint = _read(request)
    left_out: dict[str, list[str]] = {}
    layers = []
    for stored, name in zip(checkpoint.layers, _names(checkpoint.layers), strict=True):
        if reason := _obstacle(request, stored, target):
            left_out.setdefault(reason, []).append(stored.name)
        else:
            layers.append(_taken(request, stored, name, target))
    left_out |= {reason: list(names) for reason, names in checkpoint.left_out.items()}
    chosen = _chosen(request, [layer.stored.name for layer in layers], left_out)
    if not layers:
        raise RequestError(f"{request.path} has no layer that can be taken: {_told(left_out)}")
    rows = _rows(layers)
    answer: dict[str, Any] = {
        "checkpoint": request.path.name,
        "about": checkpoint.about,
        "notes": list(checkpoint.notes),
        "layers": [_facts(layer) for layer in layers],
        "left_out": left_out,
        "gemms": rows,
        "arrays": [],
    }
    wanted = [layer for layer in layers if layer.stored.name in chosen]
    names = {_LIST, _ABOUT, *(f"{layer.name}.npz" for layer in wanted)}
    earlier = _check_free(request, names)
    with staged_files(request.output, last=_ABOUT) as stage:
        for layer in wanted:
            arrays, facts = _arrays(request, layer)
            (stage / f"{layer.name}.npz").write_bytes(arrays)
            answer["arrays"].append(facts)
        atomic_table(stage / _LIST, list(rows[0]), rows)
        about = answer | {"made_by": "macsmith import", "files": sorted(names | earlier)}
        (stage / _ABOUT).write_text(json_text(about) + "\n", encoding="utf-8")
    return answer | {"folder": str(request.output)}


def _read(request: Request) -> Checkpoint:
    ending = request.path.suffix.lower()
    if ending == ".gguf":
        from macsmith.checkpoint.gguf_file import read_gguf

        return read_gguf(request.path, request.i2s)
    if ending == ".safetensors" or request.path.name.endswith(".safetensors.index.json"):
        from macsmith.checkpoint.safetensors_file import read_safetensors

        return read_safetensors(request.path, request.weight_scale)
    if ending == ".onnx":
        from macsmith.checkpoint.onnx_file import read_onnx

        return read_onnx(request.path)
    raise RequestError(
        f"{request.path} is no checkpoint by its name: .safetensors (or the"
        " .safetensors.index.json of several), .gguf and .onnx are read (cell libraries:"
        " macsmith technology import)"
    )


def _chosen(request: Request, names: Sequence[str], left_out: dict[str, list[str]]) -> set[str]:
    """Names of the layers that patterns match.

    Raises:
        RequestError: a pattern matches none, or those only that cannot be taken.
    """
    chosen: set[str] = set()
    others = {name: reason for reason, members in left_out.items() for name in members}
    for pattern in request.patterns:
        matches = _matches(pattern, names)
        if not matches:
            refused = _matches(pattern, list(others))
            if refused:
                raise RequestError(
                    f"{request.path}: {refused[0]} cannot be taken: {others[refused[0]]}"
                )
            hint = nearest(pattern, names)
            raise RequestError(f"--layer {pattern} matches no layer of {request.path}{hint}")
        chosen |= set(matches)
    return chosen


def _matches(pattern: str, names: Sequence[str]) -> list[str]:
    """The names that a pattern matches, with or without ``.weight``."""
    stems = (pattern, f"{pattern}.weight")
    return [name for name in names if any(fnmatch.fnmatchcase(name, stem) for stem in stems)]


def _obstacle(request: Request, stored: StoredLayer, target: str) -> str:
    """Why a layer cannot be taken; empty if it can.

    Raises:
        RequestError: its axes are not those that are asked for.
    """
    if not stored.format and not target:
        return f"{stored.kind}: {_REAL}"
    if stored.axes is None and request.axes is None:
        return _TURNED
    if stored.axes and request.axes and stored.axes is not request.axes and not stored.format:
        raise RequestError(
            f"{request.path}: {stored.name} has axes {stored.axes} ({stored.reason}), and --axes"
            f" says {request.axes}"
        )
    if stored.format and request.axes is Axes.IN_OUT:
        raise RequestError(
            f"{request.path}: {stored.name} is known outputs first ({stored.reason}), so --axes"
            " in,out cannot be"
        )
    if max(stored.shape) > 1 << 20:
        return "more than 1,048,576 outputs or inputs"
    return ""


def _taken(request: Request, stored: StoredLayer, name: str, target: str) -> _Layer:
    axes = stored.axes or request.axes
    assert axes is not None
    rows, columns = stored.shape
    turned = axes is Axes.IN_OUT and not stored.format
    form = stored.format if not target or stored.format == TRIT else target
    return _Layer(stored, name, form, axes, (columns, rows) if turned else (rows, columns))


def _names(layers: Sequence[StoredLayer]) -> list[str]:
    """A name for each layer's file: no other characters, and none twice."""
    names: list[str] = []
    for layer in layers:
        plain = re.sub(r"[^A-Za-z0-9._-]+", "_", layer.name.removesuffix(".weight"))
        plain = plain.lstrip("._-")[:_LONGEST_NAME] or "layer"
        name, number = plain, 1
        while name in names:
            number += 1
            name = f"{plain}-{number}"
        names.append(name)
    return names


def _rows(layers: Sequence[_Layer]) -> list[dict[str, Any]]:
    """Rows of the list of products; layers that differ in a number of their name are one."""
    together: dict[tuple[Any, ...], list[_Layer]] = {}
    for layer in layers:
        pattern = re.sub(r"(?<![A-Za-z0-9])\d+(?![A-Za-z0-9])", "*", layer.name)
        together.setdefault((pattern, layer.shape, layer.format), []).append(layer)
    rows = []
    for (pattern, (outputs, inputs), form), same in together.items():
        name = pattern if len(same) > 1 else same[0].name
        sizes = {"outputs": outputs, "inputs": inputs, "vectors": 1, "repeat": len(same)}
        rows.append({"name": name, **sizes, "format": form})
    return rows


def _facts(layer: _Layer) -> dict[str, Any]:
    outputs, inputs = layer.shape
    return {
        "name": layer.stored.name,
        "stored": layer.stored.kind,
        "format": layer.format,
        "outputs": outputs,
        "inputs": inputs,
        "axes": str(layer.axes),
        "reason": layer.stored.reason or "--axes",
    }


def _check_free(request: Request, names: set[str]) -> set[str]:
    """See that no file is overwritten that an earlier import did not write; returns its files.

    Raises:
        RequestError: one would be.
    """
    about = request.output / _ABOUT
    earlier: set[str] = set()
    if about.exists():
        content = read_json(about, "import")
        if isinstance(content, dict) and content.get("made_by") == "macsmith import":
            earlier = {name for name in content.get("files", ()) if isinstance(name, str)}
    for name in sorted(names - earlier):
        if (request.output / name).exists():
            raise RequestError(
                f"{request.output / name} is there already, and no import wrote it: give another"
                " folder by --output"
            )
    return earlier


def _arrays(request: Request, layer: _Layer) -> tuple[bytes, dict[str, Any]]:
    """A layer's arrays as an archive, and what is told of them."""
    place = f"{request.path}: {layer.stored.name}"
    outputs, inputs = layer.shape
    if outputs * inputs > MOST_WEIGHTS:
        raise RequestError(
            f"{place} has {outputs * inputs:,} weights: up to {MOST_WEIGHTS:,} are taken"
        )
    loaded = layer.stored.load()
    facts: dict[str, Any] = {"name": layer.stored.name, "file": f"{layer.name}.npz"}
    if layer.format != layer.stored.format:
        values = loaded.values() if isinstance(loaded, Weights) else loaded
        if layer.axes is Axes.IN_OUT and not isinstance(loaded, Weights):
            values = np.ascontiguousarray(values.T)
        loaded = quantise_weights(values, request.quantize, place)
        difference = loaded.values().astype(np.float64) - values
        power = float(np.square(values, dtype=np.float64).sum())
        error = float(np.square(difference).sum()) / power if power else 0.0
        facts["weight_error"] = error**0.5
    assert isinstance(loaded, Weights)
    arrays = core_arrays(loaded, request.scale_format, place)
    facts |= {"settings": list(arrays.settings), "scale_error": arrays.scale_error}
    facts |= {"remark": arrays.remark} if arrays.remark else {}
    return npz_bytes(arrays.arrays), facts


def _told(left_out: dict[str, list[str]]) -> str:
    """What is left out and why."""
    parts = []
    for reason, names in left_out.items():
        some = ", ".join(name[:_LONGEST_NAME] for name in names[:_MOST_NAMES])
        more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
        parts.append(f"{some}{more} ({reason})")
    return "; ".join(parts) or "it has no tensors"


def report(answer: dict[str, Any]) -> None:
    """Print the answer for a person."""
    typer.echo(
        f"{answer['checkpoint']} ({answer['about']}): {len(answer['layers'])} layers,"
        f" {len(answer['gemms'])} kinds of products"
    )
    stored = {layer["name"]: layer for layer in answer["layers"]}
    kinds: dict[tuple[str, str, str], int] = {}
    for layer in stored.values():
        key = layer["stored"], layer["format"], layer["reason"]
        kinds[key] = kinds.get(key, 0) + 1
    for (kind, form, reason), count in kinds.items():
        typer.echo(f"  {count} stored as {kind}, weights in {form}; {reason}")
    for note in answer["notes"]:
        typer.echo(f"  note: {note}")
    if answer["left_out"]:
        for reason, names in answer["left_out"].items():
            typer.echo(f"  left out: {_told({reason: names})}")
    folder = Path(answer["folder"])
    typer.echo(f"  wrote {folder / _LIST}, {folder / _ABOUT}")
    for facts in answer["arrays"]:
        typer.echo(f"  wrote {folder / facts['file']}{_errors(facts)}")
        settings = " ".join(f"--set {setting}" for setting in facts["settings"])
        data = shlex.quote(str(folder / facts["file"]))
        typer.echo(f"    macsmith simulate DESIGN --data {data} {settings}")


def _errors(facts: dict[str, Any]) -> str:
    """What was lost on the way, for a person."""
    parts = []
    if "weight_error" in facts:
        parts.append(f"weights rounded, {facts['weight_error']:.1%} of their root mean square")
    if facts["scale_error"]:
        parts.append(f"scales rounded, up to {facts['scale_error']:.2%}")
    if "remark" in facts:
        parts.append(facts["remark"])
    return f" ({'; '.join(parts)})" if parts else ""
