"""Commands on explored spaces: pictures and the report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from macsmith.commands.options import AsJson, print_json

__all__ = ["plot", "report"]


def plot(
    kind: Annotated[
        str,
        typer.Argument(
            metavar="KIND",
            help="front, breakdown, heat-map, parity, sensitivity or roofline.",
        ),
    ],
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="What macsmith explore has written.")
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="FILE.svg or FILE.png; else KIND.svg."),
    ] = None,
    x: Annotated[str, typer.Option(metavar="COLUMN", help="Across.")] = "",
    y: Annotated[str, typer.Option(metavar="COLUMN", help="Upwards.")] = "",
    value: Annotated[
        str, typer.Option(metavar="COLUMN", help="The figure of bars, maps and parity.")
    ] = "",
    by: Annotated[str, typer.Option(metavar="COLUMN", help="What colours tell apart.")] = "",
    technology: Annotated[
        str, typer.Option("--technology", "-t", metavar="T", help="Designs of this one only.")
    ] = "",
    point: Annotated[
        int, typer.Option(min=0, metavar="N", help="A design of the front, from 1 on.")
    ] = 0,
    workload: Annotated[
        str,
        typer.Option(
            "--workload",
            "-w",
            metavar="NAME",
            help="Of a roofline; else the space's own, else bitnet-2b4t.",
        ),
    ] = "",
    batch: Annotated[int, typer.Option(min=1, max=1 << 20, help="Its vectors at a time.")] = 1,
    bandwidth: Annotated[
        float, typer.Option(min=1e-3, max=1e6, metavar="GB/S", help="Its memory's.")
    ] = 50.0,
    half: Annotated[
        bool, typer.Option("--half", help="As wide as a column (3.5 in), not a page (7 in).")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Draw a picture of an explored design space, for print: SVG or PNG.

    [bold]front[/bold]: two figures of all designs, the best and the published ones marked;
    [bold]breakdown[/bold]: area or energy by part; [bold]heat-map[/bold]: a figure over mu and K;
    [bold]parity[/bold]: estimates against synthesis; [bold]sensitivity[/bold]: what moving one
    parameter changes; [bold]roofline[/bold]: what memory lets a model reach.
    """
    from costmodel.plots import HALF_PAGE, PAGE
    from macsmith.plot import Wish, draw

    wish = Wish(
        x=x,
        y=y,
        value=value,
        by=by,
        technology=technology,
        point=point,
        workload=workload,
        batch=batch,
        bandwidth_gbytes_per_s=bandwidth,
        width=HALF_PAGE if half else PAGE,
    )
    answer = draw(kind, folder, output or Path(f"{kind}.svg"), wish)
    if as_json:
        print_json(answer)
    else:
        typer.echo(f"wrote {answer['file']}")


def report(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="What macsmith explore has written.")
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE.html", help="DIR/report.html without."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write the report of an explored design space: one HTML file that needs no network.

    Why the winners win, the front to point at and click through, filters, tables, the commands that
    make a chosen design, expected errors and where everything comes from.
    """
    from macsmith.report import write_report

    answer = write_report(folder, output or folder / "report.html")
    if as_json:
        print_json(answer)
    else:
        typer.echo(f"wrote {answer['file']} ({answer['bytes'] / 1e6:.1f} MB)")
