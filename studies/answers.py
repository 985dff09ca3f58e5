"""Answer the questions of docs/studies by the cost model: `python -m studies.answers`.

Each study is a space in designs/spaces, explored by the shipped models; its fronts and the figures
behind its text are written into designs/measured/studies, its pictures into docs/figures, and the
tables and sentences of its page between the page's markers. It takes half a minute, so that it can
be done again whenever a model changes; what it says follows.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pyarrow as pa
import pyarrow.csv as arrow_csv
from matplotlib.figure import Figure

from costmodel.model.model import load_model
from costmodel.plots.style import save
from macsmith.exploration import explore
from macsmith.space_file import load_space
from studies import (
    edge_findings,
    edge_pictures,
    edge_study,
    model_comparison,
    model_findings,
    model_pictures,
    model_tiles,
    pages,
)

__all__ = ["identity", "main", "page_text", "studies"]

_FIGURES = Path(__file__).parents[1] / "docs" / "figures"
_PAPER = ((model_tiles.SPACE,), model_tiles.FOLDER)
_EDGE = (tuple(edge_study.SPACES.values()), edge_study.FOLDER)
_DROPPED = ("equals", "number", "tightest_constraint", "room_percent")


def main() -> None:
    """Do all studies."""
    write_paper_data()
    edge_study.write_data()
    for spaces, folder in (_PAPER, _EDGE):
        write_identity(spaces, folder)
    for name, (page, text, pictures) in studies().items():
        page.write_text(text, encoding="utf-8")
        print(f"wrote {page}")
        mpl.rcParams.update({"font.size": 12, "svg.hashsalt": "macsmith", "savefig.dpi": 110})
        for title, draw in pictures.items():
            figure = draw()
            path = _FIGURES / f"study-{name}-{title}.svg"
            save(figure, path)
            print(f"wrote {path}")


def studies() -> dict[str, tuple[Path, str, Mapping[str, Callable[[], Figure]]]]:
    """Of each study its page, the page's text, and its pictures, all of the committed data."""
    tiles = model_comparison.Tiles(model_tiles.read_tiles())
    edge = edge_findings.Edge(edge_study.read_data(), edge_study.read_cloud())
    return {
        model_tiles.SPACE: (
            model_findings.PAGE,
            page_text(model_findings.PAGE, model_findings.tables(tiles)),
            {
                "area": lambda: model_pictures.area_map(tiles),
                "energy": lambda: model_pictures.energy_map(tiles),
                "density": lambda: model_pictures.density(tiles),
            },
        ),
        edge_study.SPACE: (
            edge_findings.PAGE,
            page_text(edge_findings.PAGE, edge_findings.tables(edge)),
            {
                "front": lambda: edge_pictures.fronts(edge),
                "roofline": lambda: edge_pictures.rooflines(edge),
            },
        ),
    }


def page_text(page: Path, tables: Mapping[str, str]) -> str:
    """The page with its parts made anew."""
    return pages.with_tables(page.read_text(encoding="utf-8"), tables, by="studies.answers")


def identity(*names: str) -> dict[str, Any]:
    """What a study's data depend on: its spaces and the models of their technologies."""
    spaces = [load_space(name) for name in names]
    technologies = dict.fromkeys(name for space in spaces for name in space.technologies)
    return {
        "space_sha256": {space.name: space.digest for space in spaces},
        "models": {name: dict(load_model(name, "ternary").provenance) for name in technologies},
    }


def write_paper_data() -> None:
    """Tiles, and the front of each arithmetic on each technology."""
    folder = model_tiles.FOLDER
    model_tiles.write_rows(model_tiles.make_tiles(), folder / "tiles.csv")
    space, tables = load_space(model_tiles.SPACE), []
    for technology in space.technologies:
        for number in range(len(space.blocks)):
            explored = explore(model_tiles.one_block(space, technology, number))
            table = explored.table.drop_columns(
                [n for n in explored.table.column_names if n in _DROPPED or _is_part(n)]
            )
            tables.append(table)
    arrow_csv.write_csv(
        pa.concat_tables(tables, promote_options="permissive"), folder / "front.csv"
    )


def _is_part(name: str) -> bool:
    return (name.startswith("energy_fj_") and name != "energy_fj_per_operation") or (
        name.startswith("area_um2_") and name != "area_um2_per_weight"
    )


def write_identity(spaces: Sequence[str], folder: Path) -> None:
    """Tell what the data were made of."""
    text = json.dumps(identity(*spaces), indent=1, sort_keys=True)
    (folder / "made-of.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
