"""Tables and sentences of docs/studies/ternary-paper.md, from its committed tiles.

Whatever is said is computed: a difference below the error that the model expects of itself is
"cannot tell", so the page cannot say more than the data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path

from studies.model_comparison import (
    WORDS,
    Tiles,
    Verdict,
    best_mus,
    compared,
    cost_of,
    density_steps,
    least,
    shapes,
)
from studies.model_tiles import (
    KINDS,
    MAP_WEIGHTS,
    SIZES,
    CostedTile,
)
from studies.pages import table, wrapped
from studies.study_ternary import PUBLISHED

__all__ = [
    "PAGE",
    "TECHNOLOGIES",
    "TITLES",
    "answers",
    "mu_cell",
    "shape_cell",
    "span",
    "tables",
]

PAGE = Path(__file__).parents[1] / "docs" / "studies" / "ternary-paper.md"
TITLES = {
    "int8": "INT8",
    "fp16-float": "FP16, float",
    "fp16-exact": "FP16, exact",
    "fp16-aligned": "FP16, aligned",
}
TECHNOLOGIES = ("nangate45", "asap7", "sky130hd", "sg13g2")
_NAMES = {
    "tenet-int8-32x32": "TENET, µ = 2",
    "platinum-int8-40x8": "Platinum, µ = 5",
    "lut-tensor-core-fp16-4x64": "LUT Tensor Core's shape, FP16, µ = 4",
    "five-trit-int8-5x1": "five-trit engine, without unpacking",
}
_LITTLE_PERCENT = 10  # what a larger mu may gain for INT8 and still be little


def mu_cell(tiles: Sequence[CostedTile], figure: str) -> str:
    """The best mu of tiles alike in all else."""
    close, gain = best_mus(tiles, figure)
    error = f"±{gain.error_percent:.1f}"
    listed = " or ".join(f"{mu}" for mu in close)
    if close == [1]:
        second = least((t for t in tiles if t.mu > 1), figure)
        (one,) = (t for t in tiles if t.mu == 1)
        more = compared(second, one, figure)
        return f"1: {-more.percent:.1f} % less than {second.mu} ({error}){more.mark}"
    if 1 in close:
        return f"cannot tell {listed}: {gain.percent:.1f} % ({error}){gain.mark}"
    return f"{listed}: {gain.percent:.1f} % less ({error}){gain.mark}"


def mu_table(tiles: Tiles, figure: str) -> str:
    """The best mu of square tiles, against mu = 1."""
    rows = []
    for arithmetic in KINDS:
        for size in SIZES:
            first = TITLES[arithmetic] if size == SIZES[0] else ""
            cells = [mu_cell(tiles.squares(t, arithmetic, size), figure) for t in TECHNOLOGIES]
            rows.append([first, str(size), *cells])
    return table(["", "n = m", *TECHNOLOGIES], rows)


def density_cell(whole: Verdict, steps: Sequence[Verdict]) -> str:
    """Whether bigger is cheaper for a weight."""
    text = f"{whole.percent:.0f} % less (±{whole.error_percent:.1f}){whole.mark}"
    doublings = list(pairwise(SIZES))
    unclear = [pair for pair, step in zip(doublings, steps, strict=True) if not step.told]
    worse = [p for p, step in zip(doublings, steps, strict=True) if step.told and step.percent < 0]
    notes = [f"more from {a} to {b}" for a, b in worse]
    notes += [f"cannot tell {a} to {b}" for a, b in unclear]
    return "; ".join([text, *notes])


def density_table(tiles: Tiles) -> str:
    """What a weight costs in tiles of 64 x 64, less than in tiles of 8 x 8."""
    rows = []
    for figure, word in WORDS.items():
        for arithmetic in KINDS:
            cells = [
                density_cell(*density_steps(tiles, t, arithmetic, figure)) for t in TECHNOLOGIES
            ]
            rows.append([f"{TITLES[arithmetic]}, {word}", *cells])
    return table(["", *TECHNOLOGIES], rows)


def shape_cell(wide: CostedTile, long: CostedTile, verdict: Verdict) -> str:
    """Which shape is better."""
    error = f"(±{verdict.error_percent:.1f}){verdict.mark}"
    if not verdict.told:
        return f"cannot tell {wide.shape} from {long.shape}: {abs(verdict.percent):.1f} % {error}"
    best, other, sign = (wide, long, "K > Lµ") if verdict.percent > 0 else (long, wide, "Lµ > K")
    less = f"{abs(verdict.percent):.1f} % less than {other.shape}"
    return f"{sign}: {best.shape} (µ = {best.mu}), {less} {error}"


def shape_table(tiles: Tiles) -> str:
    """More columns than activations, or the reverse."""
    rows = []
    for figure, word in WORDS.items():
        for arithmetic in KINDS:
            cells = [shape_cell(*shapes(tiles, t, arithmetic, figure)) for t in TECHNOLOGIES]
            name = f"{TITLES[arithmetic]}, {MAP_WEIGHTS[arithmetic]:,} weights a cycle, {word}"
            rows.append([name, *cells])
    return table(["", *TECHNOLOGIES], rows)


def cost_cell(tiles: Tiles, design: str, technology: str, figure: str) -> str:
    """What published parameters cost."""
    own = tiles.design("published", technology, design)
    rival, times = cost_of(tiles, design, technology, figure)
    verdict = compared(rival, own, figure)
    error = f"(±{verdict.error_percent:.1f} %){verdict.mark}"
    best = f"µ = {rival.mu}, {rival.shape}"
    if own.shape == rival.shape and own.mu == rival.mu:
        return f"1.00: it is the best{verdict.mark}"
    if not verdict.told:
        return f"cannot tell, {times:.2f} of {best} {error}"
    return f"**{times:.2f}** of {best} {error}"


def published_table(tiles: Tiles) -> str:
    """Times the area and the energy of the best tile of as many weights a cycle."""
    rows = [
        [
            f"{_NAMES[published.design]}, {WORDS[figure]}",
            *(
                cost_cell(tiles, published.design, technology, figure)
                for technology in TECHNOLOGIES
            ),
        ]
        for published in PUBLISHED
        for figure in WORDS
    ]
    return table(["", *TECHNOLOGIES], rows)


def answers(tiles: Tiles) -> str:
    """The questions, and for how many technologies the answer is yes, no, or cannot be told."""
    asked: list[tuple[str, Callable[[str], bool | None]]] = [
        ("INT8 gains little area (below 10 %) from µ > 1, at every size", partial(_little, tiles)),
    ]
    for arithmetic in KINDS[1:]:
        title = f"{TITLES[arithmetic]} wants tables: µ > 1 saves area, at every size"
        asked.append((title, partial(_wants_tables, tiles, arithmetic)))
    for arithmetic in KINDS:
        title = f"{TITLES[arithmetic]} is denser in bigger cores, at every doubling"
        asked.append((title, partial(_denser, tiles, arithmetic)))
    for arithmetic in KINDS:
        wide = arithmetic != "int8"
        title = f"{TITLES[arithmetic]} prefers {'K > Lµ' if wide else 'Lµ > K'} in area"
        asked.append((title, partial(_prefers, tiles, arithmetic, wide)))
    asked.append(("wrong parameters cost at most 1.2 times the area", partial(_cheap, tiles)))
    words = {True: "yes", False: "**no**", None: "cannot tell"}
    rows = [
        [text, *(words[answer(technology)] for technology in TECHNOLOGIES)]
        for text, answer in asked
    ]
    return table(["", *TECHNOLOGIES], rows)


def _all(answers: Iterable[bool | None]) -> bool | None:
    """No if one is no, else cannot tell if one cannot."""
    held = list(answers)
    return False if False in held else None if None in held else True


def _little(tiles: Tiles, technology: str) -> bool | None:
    gains = [best_mus(tiles.squares(technology, "int8", size), "area_um2")[1] for size in SIZES]
    return _all(
        None
        if abs(gain.percent - _LITTLE_PERCENT) <= gain.error_percent
        else gain.percent < _LITTLE_PERCENT
        for gain in gains
    )


def _wants_tables(tiles: Tiles, arithmetic: str, technology: str) -> bool | None:
    best = [best_mus(tiles.squares(technology, arithmetic, n), "area_um2")[0] for n in SIZES]
    return _all(False if mus == [1] else None if 1 in mus else True for mus in best)


def _denser(tiles: Tiles, arithmetic: str, technology: str) -> bool | None:
    _, steps = density_steps(tiles, technology, arithmetic, "area_um2")
    return _all(step.percent > 0 if step.told else None for step in steps)


def _prefers(tiles: Tiles, arithmetic: str, wide: bool, technology: str) -> bool | None:
    _, _, verdict = shapes(tiles, technology, arithmetic, "area_um2")
    return (verdict.percent > 0) == wide if verdict.told else None


def _cheap(tiles: Tiles, technology: str) -> bool | None:
    verdicts: list[bool | None] = []
    for published in PUBLISHED:
        own = tiles.design("published", technology, published.design)
        _, times = cost_of(tiles, published.design, technology, "area_um2")
        far = abs(times / 1.2 - 1) * 100 > own.area_error_percent
        verdicts.append(times <= 1.2 if far else None)
    return _all(verdicts)


def span(values: Iterable[float], digits: int = 0) -> str:
    """Least to largest."""
    held = list(values)
    texts = [f"{value:,.{digits}f}" for value in (min(held), max(held))]
    return texts[0] if texts[0] == texts[1] else " to ".join(texts)


def mu_text(tiles: Tiles) -> str:
    """What the tables of mu come to."""
    gains = {
        (arithmetic, figure): [
            best_mus(tiles.squares(t, arithmetic, size), figure)[1]
            for t in TECHNOLOGIES
            for size in SIZES
        ]
        for arithmetic in KINDS
        for figure in WORDS
    }
    figure_sentences = []
    for figure, word in WORDS.items():
        cases = [tiles.squares(t, "int8", size) for t in TECHNOLOGIES for size in SIZES]
        best = [best_mus(squares, figure) for squares in cases]
        more = [gain.percent for mus, gain in best if 1 not in mus]
        one = sum(mus == [1] for mus, _ in best)
        by = f", by {span(more, 1)} %" if more else ""
        figure_sentences.append(
            f"In {word} µ > 1 is better in {len(more)}{by}, µ = 1 in {one}, and in"
            f" {len(best) - len(more) - one} it cannot be told"
            f" (±{span((gain.error_percent for _, gain in best), 1)})."
        )
    sentences = [
        f"**INT8**, {len(SIZES) * len(TECHNOLOGIES)} sizes and technologies.",
        *figure_sentences,
    ]
    for arithmetic in KINDS[1:]:
        area, energy = gains[arithmetic, "area_um2"], gains[arithmetic, "energy_fj"]
        mus = {
            mu
            for t in TECHNOLOGIES
            for size in SIZES
            for mu in best_mus(tiles.squares(t, arithmetic, size), "area_um2")[0][:1]
        }
        clear = [gain.percent for gain in energy if gain.told]
        sentences.append(
            f"**{TITLES[arithmetic]}.** µ = {' or '.join(map(str, sorted(mus)))} has the least"
            f" area, {span((gain.percent for gain in area), 1)} % less than µ = 1"
            f" (±{span((gain.error_percent for gain in area), 1)});"
            + (
                f" it saves {span(clear)} % of the energy where that can be told,"
                f" {len(clear)} times of {len(energy)}"
                if clear
                else " whether it saves energy cannot be told"
            )
            + f" (±{span(gain.error_percent for gain in energy)})."
        )
    return wrapped(" ".join(sentences))


def density_text(tiles: Tiles) -> str:
    """What the table of density comes to."""
    parts = []
    for arithmetic in KINDS:
        densities = [density_steps(tiles, t, arithmetic, "area_um2") for t in TECHNOLOGIES]
        falls = span(whole.percent for whole, _ in densities)
        steps = [step for _, doublings in densities for step in doublings]
        clear = sum(step.told and step.percent > 0 for step in steps)
        parts.append(f"{TITLES[arithmetic]} {falls} % ({clear} of {len(steps)} doublings)")
    return wrapped(
        "From 8 x 8 to 64 x 64 the area of a weight, each size with its best µ, falls by "
        + "; ".join(parts)
        + ": in brackets the doublings that save more than the model's error."
    )


def shape_text(tiles: Tiles) -> str:
    """What the table of shapes comes to."""
    parts = []
    for arithmetic in KINDS:
        verdicts = [shapes(tiles, t, arithmetic, "area_um2")[2] for t in TECHNOLOGIES]
        preferences = []
        for sign, text in ((1, "prefers K > Lµ"), (-1, "prefers Lµ > K")):
            mine = [abs(v.percent) for v in verdicts if v.told and sign * v.percent > 0]
            if mine:
                preferences.append(f"{text} on {len(mine)} of {len(verdicts)}, by {span(mine)} %")
        if unclear := sum(not v.told for v in verdicts):
            preferences.append(f"cannot be told on {unclear}")
        parts.append(f"{TITLES[arithmetic]} {', '.join(preferences)}")
    energies = [
        shapes(tiles, t, arithmetic, "energy_fj")[2] for t in TECHNOLOGIES for arithmetic in KINDS
    ]
    unclear = sum(not v.told for v in energies)
    return wrapped(
        f"In area, of four technologies: {'; '.join(parts)}. In energy it cannot be told in"
        f" {unclear} of {len(energies)} cases."
    )


def published_text(tiles: Tiles) -> str:
    """What the table of published parameters comes to."""
    parts = []
    for published in PUBLISHED:
        area = [cost_of(tiles, published.design, t, "area_um2")[1] for t in TECHNOLOGIES]
        energy = [cost_of(tiles, published.design, t, "energy_fj")[1] for t in TECHNOLOGIES]
        parts.append(
            f"{_NAMES[published.design]}: {span(area, 2)} times the area and {span(energy, 2)}"
            " times the energy of the best tile of as many weights a cycle"
        )
    return wrapped("; ".join(parts) + ".")


def tables(tiles: Tiles) -> dict[str, str]:
    """All that is made of the page, by the names of its markers."""
    return {
        "answers": answers(tiles),
        "mu": mu_text(tiles),
        "mu-area": mu_table(tiles, "area_um2"),
        "mu-energy": mu_table(tiles, "energy_fj"),
        "density": density_text(tiles),
        "density-table": density_table(tiles),
        "shape": shape_text(tiles),
        "shape-table": shape_table(tiles),
        "published": published_text(tiles),
        "published-table": published_table(tiles),
    }
