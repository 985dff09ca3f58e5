"""The command line: `macsmith.commands`.

Exit status: 0 done; 1 a check failed; 2 the request is wrong (one sentence, nothing written).
"""

from __future__ import annotations

import signal
import sys
from types import FrameType
from typing import Annotated

import typer

from hw import __version__
from macsmith.commands.accuracy import accuracy
from macsmith.commands.calibrate import calibrate
from macsmith.commands.checkpoint import import_checkpoint
from macsmith.commands.design import generate, list_all, simulate
from macsmith.commands.estimate import estimate
from macsmith.commands.explore import explore
from macsmith.commands.machine import doctor
from macsmith.commands.pictures import plot, report
from macsmith.commands.synthesize import synthesize
from macsmith.commands.technology import technology_app
from macsmith.commands.workload import schedule, system
from macsmith.outcome import open_streams, outcome

__all__ = ["app", "main"]

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help=(
        "Low-precision multiply-accumulate hardware: generate it, simulate it, trust it.\n\n"
        "DESIGN is a name that [bold]macsmith list[/bold] shows, or a path to a TOML file. Start"
        " with [bold]macsmith simulate digits[/bold]: a trained network classifies images"
        " inside the generated Verilog."
    ),
)

app.command("list")(list_all)
for command in (
    generate,
    simulate,
    synthesize,
    estimate,
    explore,
    plot,
    report,
    schedule,
    system,
    accuracy,
    calibrate,
    doctor,
):
    app.command()(command)
app.command("import")(import_checkpoint)
app.add_typer(technology_app, name="technology")


@app.callback(invoke_without_command=True)
def top(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """What comes before a command."""
    if version:
        typer.echo(f"macsmith {__version__}")
        raise typer.Exit


def _interrupted(_number: int, _frame: FrameType | None) -> None:
    """Ctrl-C: end the processes that map designs, too; what they have finished is in the cache."""
    if "costmodel.work.worker" in sys.modules:
        sys.modules["costmodel.work.worker"].interrupt.set()
    raise KeyboardInterrupt


def main() -> None:
    """The program: run a command, turn errors into sentences and exit states."""
    open_streams()
    signal.signal(signal.SIGINT, _interrupted)
    sys.exit(outcome(lambda: app(standalone_mode=False)))
