"""How near the shipped cost models of a family are, as a table for its page."""

from __future__ import annotations

from costmodel.model.model import Model, load_model, shipped_models
from studies import pages

__all__ = ["models_table"]

_FIGURES = {
    "area_um2": "area",
    "delay_ps": "delay",
    "energy_fj_per_operation": "energy",
    "leakage_uw": "leakage",
}


def models_table(family: str) -> str:
    """Mean and worst error of designs that nothing was fitted to, by technology and kind."""
    rows = []
    for technology in shipped_models(family):
        model = load_model(technology, family)
        for kind, accuracy in sorted(model.accuracy.items()):
            counts = model.provenance["designs"]
            cells = [str(counts.get(f"{kind}, {which}", 0)) for which in ("fit", "held")]
            cells += [
                f"{accuracy[figure].mean_percent:.1f} / {accuracy[figure].worst_percent:.1f}"
                for figure in _FIGURES
            ]
            rows.append([technology, kind, *cells])
    heads = ["technology", "kind", "fitted to", "held out"]
    table = pages.table([*heads, *(f"{name} (%)" for name in _FIGURES.values())], rows)
    return f"{table}\n{_clocks(family)}"


def _clocks(family: str) -> str:
    """What the models say of clocks."""
    sentences = []
    for technology in shipped_models(family):
        model = load_model(technology, family)
        sentences.append(_clock(technology, model))
    return pages.wrapped(" ".join(sentences))


def _clock(technology: str, model: Model) -> str:
    if model.clocks is None:
        return f"The model of {technology} knows no clocks."
    area, fastest = (model.clocks.accuracy[figure] for figure in ("area_um2", "fastest_clock_ps"))
    return (
        f"At asked clocks the area is off by {area.mean_percent:.1f} % on {technology}"
        f" ({area.points} measured points), and the fastest clock by"
        f" {fastest.mean_percent:.1f} % ({fastest.points} designs)."
    )
