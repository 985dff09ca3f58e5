"""Where a report's figures come from, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from costmodel.explore.results import Results

__all__ = ["provenance_of"]

_SHOWN = 16  # digits of a digest


def provenance_of(results: Results) -> list[tuple[str, str]]:
    """Facts of an exploration as pairs of what they are about and a sentence; none without any."""
    about = results.about
    return [*_of_space(about), *_of_figures(about), *_of_models(about)] if about else []


def _of_space(about: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if "space" in about:
        digest = about.get("space_sha256", "")
        of_file = f", whose file has the sha256 {digest[:_SHOWN]}…" if digest else ""
        yield "Space", f"{about['space']}{of_file}."
    if "points" in about:
        counts = [
            f"{about[name]:,} {words}"
            for name, words in (
                ("points", "points were estimated"),
                ("valid", "can exist"),
                ("outside", "of these lie outside the region that the model was fitted in"),
                ("undefined", "have an objective without a finite value"),
                ("feasible", "meet all constraints"),
                ("front_size", "are on the front"),
            )
            if about.get(name)
        ]
        yield "Points", f"{'; '.join(counts)}."
    if about.get("seconds"):
        rate = about.get("points_per_second")
        speed = f", {rate:,} points a second" if isinstance(rate, int) else ""
        yield "Time", f"{about['seconds']:.3g} s{speed}."
    if "macsmith" in about:
        yield "Program", f"macsmith {about['macsmith']}."


def _of_figures(about: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in ("technologies", "workloads"):
        if members := about.get(name):
            yield name.capitalize(), f"{', '.join(map(str, members))}."
    for name, formula in about.get("figures", {}).items():
        yield f"Figure {name}", f"{formula}."


def _of_models(about: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Of each technology's cost model, or of each family's there."""
    models = about.get("models", {})
    for technology, model in models.items() if isinstance(models, dict) else ():
        if not isinstance(model, dict):
            continue
        families = {"": model}
        if "flow" not in model and all(isinstance(inner, dict) for inner in model.values()):
            families = {f", {family}": inner for family, inner in model.items()}
        for family, facts in families.items():
            if sentence := _of_model(facts):
                yield f"Cost model of {technology}{family}", sentence


def _of_model(facts: Mapping[str, Any]) -> str:
    """What a model was fitted to and tested on, and by which flow these were measured."""
    sentences = []
    designs = facts.get("designs", {})
    if isinstance(designs, dict) and designs:
        fitted, tested = _designs(designs, fit=True), _designs(designs, fit=False)
        sentences.append(f"Fitted to {fitted} designs that were synthesized.")
        sentences.append(f"Its expected errors are those on {tested} others.")
    flow = {
        "flow": "synthesis flow {}",
        "macsmith": "macsmith {}",
        "pyosys": "Yosys {}",
        "technology": "cells of digest {}",
    }
    parts = [words.format(facts[name]) for name, words in flow.items() if name in facts]
    if parts:
        sentences.append(f"Measured by {', '.join(parts)}.")
    return " ".join(sentences)


def _designs(designs: Mapping[str, Any], *, fit: bool) -> str:
    """How many designs of each kind are of the fit, or of all other sets."""
    counts: dict[str, int] = {}
    for place, count in _counted(designs):
        kind, _, which = place.rpartition(", ")
        if (which == "fit") == fit:
            counts[kind] = counts.get(kind, 0) + count
    listed = ", ".join(f"{count} {kind}" for kind, count in counts.items() if kind)
    total = sum(counts.values())
    return f"{total:,} ({listed})" if listed else f"{total:,}"


def _counted(value: Any, place: str = "") -> Iterator[tuple[str, int]]:
    """Numbers of nested tables, with the names on the way to them."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _counted(member, f"{place}, {name}".strip(" ,"))
    elif isinstance(value, int):
        yield place, value
