"""Commands on cell libraries: `macsmith technology import` and `show`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from macsmith.commands.options import AsJson, print_json

__all__ = ["import_technology", "show", "technology_app"]

technology_app = typer.Typer(
    no_args_is_help=True, help="Cell libraries: look at one, or bring your own."
)


@technology_app.command("import")
def import_technology(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What to call the technology.")],
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help="Liberty files of one library (.gz too)."),
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Where it goes; NAME.json without."),
    ] = None,
    description: Annotated[str, typer.Option(help="Library, process and corner, in a line.")] = "",
    source: Annotated[str, typer.Option(help="Where the files come from.")] = "",
    licence: Annotated[str, typer.Option(help="Under which they are.")] = "",
    exclude: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATTERN", help="Cells that must not be used (*xp*); may be repeated."
        ),
    ] = None,
    driver: Annotated[
        str,
        typer.Option(metavar="CELL", help="Drives a design's inputs; the smallest buffer without."),
    ] = "",
    output_load: Annotated[
        float | None,
        typer.Option(
            min=0, metavar="FF", help="Load of a design's outputs; four inverters without."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Distil Liberty files into a technology file, which every --technology takes by its path.

    Cells that cannot be used are left out, told with the reason; so is what the library lacks.
    """
    from rich.console import Console

    from costmodel.flow.self_proof import prove
    from costmodel.liberty.reader import distil
    from costmodel.technologies import write_technology
    from macsmith.technology import print_import, summary
    from sim.writing import check_output

    path = output or Path(f"{name}.json")
    check_output(path)
    warnings: list[str] = []
    with Console(stderr=True).status(f"reading {', '.join(file.name for file in files)}"):
        technology = distil(
            name,
            files,
            description=description,
            source=source,
            licence=licence,
            exclude=exclude or [],
            driver=driver,
            output_load_ff=output_load,
            warn=warnings.append,
        )
        prove(technology)
    write_technology(technology, path)
    if as_json:
        print_json({"file": str(path), **summary(technology), "warnings": warnings})
    else:
        print_import(path, technology, warnings)


@technology_app.command()
def show(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="A name, or a file; all without.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the cells, units and source of a technology; without a name, all that are shipped."""
    from costmodel.technologies import load_technology, shipped
    from macsmith.technology import print_cells, print_overview, summary

    technologies = [load_technology(reference) for reference in ([name] if name else shipped())]
    if as_json:
        print_json(
            summary(technologies[0], cells=True)
            if name
            else [summary(technology) for technology in technologies]
        )
    elif name:
        print_cells(technologies[0])
    else:
        print_overview(technologies)
