"""The command `macsmith doctor`."""

from __future__ import annotations

import typer

from macsmith.commands.options import AsJson, print_json

__all__ = ["doctor"]


def doctor(as_json: AsJson = False) -> None:
    """See what is missing on this machine, and how to get it."""
    from macsmith.doctor import examine

    checks = examine()
    if as_json:
        print_json(
            {
                "checks": [
                    {"name": c.name, "found": c.found, "ok": c.ok, "remedy": c.remedy}
                    for c in checks
                ]
            }
        )
    else:
        width = max(len(check.name) for check in checks)
        for check in checks:
            mark = "ok     " if check.found else "missing" if check.needed_for else "-      "
            typer.echo(f"{mark}  {check.name:<{width}}  {check.found or check.remedy}")
    if not all(check.ok for check in checks):
        raise typer.Exit(1)
