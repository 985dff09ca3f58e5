"""What the blocks of the pages print: `python -m studies.blocks [PAGE ...]` writes it.

Three kinds of block are written, in README.md and in docs/:

- ``console``: below each line that starts with ``$ `` stands what its command prints;
- ``python``: what the program prints stands in the ``text`` block after it;
- ``verilog``: a module out of a file that a command of the page generated.

A block whose head names a file, as ``toml core.toml``, is that file for the commands of its page.
All other blocks stay as they are.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from sim.simulator import search_path

__all__ = ["PAGES", "ROOT", "commands", "masked", "rerun", "user_folder"]

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

_BLOCK = re.compile(
    r"^```(?P<language>\w+)(?: (?P<file>[\w.-]+))?\n(?P<body>.*?)^```$"
    r"(?:(?P<between>\n+```text\n)(?P<printed>.*?)^```$)?",
    re.DOTALL | re.MULTILINE,
)
_COMMAND = re.compile(r"^\$ ((?:.*\\\n)*.*\n)((?:(?!\$ ).*\n)*)", re.MULTILINE)
_SLOW = re.compile(r"macsmith (simulate|synthesize|explore|system)\b|\bsimulate\(|iverilog|vvp")


def main() -> None:
    """Run the blocks of the pages that are named, else of all, and write what they print."""
    parser = argparse.ArgumentParser(description="Write what the blocks of pages print.")
    parser.add_argument("pages", nargs="*", type=Path, default=PAGES, metavar="PAGE")
    parser.add_argument("--fast", action="store_true", help="only what answers at once")
    asked = parser.parse_args()
    for page in asked.pages:
        before = page.read_text(encoding="utf-8")
        with tempfile.TemporaryDirectory() as folder:
            text = rerun(before, user_folder(Path(folder)), slow=not asked.fast)
        if masked(text) != masked(before):
            page.write_text(text, encoding="utf-8")
            print(f"wrote {page}")


def masked(text: str) -> str:
    """A text without what differs from run to run: speeds, seconds, spaces at ends of lines."""
    text = re.sub(r"[\d,.]+(?=( million| cycles)?[ /]s\b)", "#", text)
    text = re.sub(r'(?<=per_second": )\d+', "#", text)
    return re.sub(r" +$", "", text, flags=re.MULTILINE)


def user_folder(folder: Path) -> Path:
    """Make a user's folder, with docs/ and designs/ and the program in bin/; returns it."""
    for name in ("docs", "designs"):
        shutil.copytree(ROOT / name, folder / name)
    program = folder / "bin" / "macsmith"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m macsmith "$@"\n')
    program.chmod(0o755)
    return folder


def commands(text: str) -> list[str]:
    """The commands of a page's console blocks."""
    blocks = _BLOCK.finditer(text)
    bodies = [block["body"] for block in blocks if block["language"] == "console"]
    return [command.strip() for body in bodies for command, _ in _COMMAND.findall(body)]


def rerun(text: str, folder: Path, *, slow: bool = True) -> str:
    """A page's text with what its blocks print today.

    Args:
        text: the page.
        folder: where they run, as `user_folder` makes it.
        slow: run what builds simulators, synthesizes or explores, too. Without it, and where a
            program is not on this machine, what stands below a command stays.
    """

    def written(block: re.Match[str]) -> str:
        language, file, body = block["language"], block["file"], block["body"]
        if file:
            (folder / file).write_text(body, encoding="utf-8")
        elif language == "console":
            body = _COMMAND.sub(lambda command: _answered(command, folder, slow=slow), body)
        elif language == "verilog":
            body = _module(body, folder)
        head = f"```{language}{' ' + file if file else ''}\n"
        between, printed = block["between"], block["printed"]
        if language == "python" and not (_SLOW.search(body) and not slow):
            printed = _run([sys.executable, "-c", body], folder)
            if "Traceback (most recent call last)" in printed:
                raise ValueError(f"a program of a page fails:\n{printed}")
            between = between or ("\n\n```text\n" if printed else None)
        below = f"{between}{printed}```" if between else ""
        return f"{head}{body}```{below}"

    return _BLOCK.sub(written, text)


def _answered(command: re.Match[str], folder: Path, *, slow: bool) -> str:
    """A command, and below it what it prints."""
    asked, before = command[1], command[2]
    if _SLOW.search(asked) and not slow:
        return command[0]
    program = asked.split()[0]
    if shutil.which(program, path=_path(folder)) is None:
        print(f"{program} is not on this machine: {asked.strip()} was not run", file=sys.stderr)
        return f"$ {asked}{before}"
    return f"$ {asked}{_kept(before, _run(asked, folder))}"


def _kept(before: str, printed: str) -> str:
    """What a command prints, with the speeds and seconds that stand on the page already."""
    known = {masked(line): line for line in before.splitlines()}
    return "".join(f"{known.get(masked(line), line)}\n" for line in printed.splitlines())


def _path(folder: Path) -> str:
    return os.pathsep.join([str(folder / "bin"), search_path()])


def _run(command: list[str] | str, folder: Path) -> str:
    """What a command prints to its output and its errors, whatever its status is."""
    done = subprocess.run(
        command,
        shell=isinstance(command, str),
        cwd=folder,
        env=os.environ | {"PATH": _path(folder), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    lines = [line.rstrip() for line in done.stdout.splitlines()]
    return "".join(f"{line}\n" for line in lines)


def _module(body: str, folder: Path) -> str:
    """The module of the same name in a file that was generated, with the comment above it."""
    named = re.search(r"^module (\w+)", body, re.MULTILINE)
    if named is None:
        raise ValueError(f"a verilog block of a page starts with no module: {body[:60]!r}")
    pattern = rf"^(?://[^\n]*\n)*module {named[1]} .*?^endmodule\n"
    modules = [
        module
        for file in sorted(folder.glob("build/*.v"))
        for module in re.findall(pattern, file.read_text(), re.DOTALL | re.MULTILINE)
    ]
    if len(modules) != 1:
        raise ValueError(f"{len(modules)} files that the page generated have the module {named[1]}")
    return modules[0]


if __name__ == "__main__":
    main()
