"""The documentation's commands, snippets, testbench and links do what the pages say."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from macsmith.design import load_design
from macsmith.manifest import generate
from sim.simulator import verilator
from studies.blocks import PAGES, ROOT, commands, masked, rerun, user_folder


def _name(page: Path) -> str:
    return page.stem


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_blocks_that_are_fast(page: Path, tmp_path: Path) -> None:
    """What prints at once prints what stands on the page; else run `python -m studies.blocks`."""
    text = page.read_text(encoding="utf-8")
    assert masked(rerun(text, user_folder(tmp_path), slow=False)) == masked(text)


@pytest.mark.long
@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_blocks(page: Path, tmp_path: Path) -> None:
    """Every command and program prints what stands on the page."""
    text = page.read_text(encoding="utf-8")
    assert masked(rerun(text, user_folder(tmp_path))) == masked(text)


def test_a_stale_block_is_noticed_and_mended(tmp_path: Path) -> None:
    """Output, a program's text and a module's text that are not today's are written anew."""
    page = """# Page

```toml mine.toml
unit = "ternary_lut"
```

```console
$ cat mine.toml
unit = "something else"
$ printf 'module m (\\n);\\nendmodule\\n' > build/m.v
$ printf '%s\\n' one \\
    two
one
$ echo 1000 words at 20,000 cycles/s
1000 words at 10 cycles/s
```

```python
print(1 + 1)
```

```text
3
```

```verilog
module m (
  old
endmodule
```
"""
    folder = user_folder(tmp_path)
    (folder / "build").mkdir()
    mended = rerun(page, folder)
    wanted = (
        page.replace('"something else"', '"ternary_lut"')
        .replace("two\none\n", "two\none\ntwo\n")
        .replace("```text\n3", "```text\n2")
        .replace("  old", ");")
    )
    assert mended == wanted
    assert rerun(mended, folder) == mended
    assert masked(page.replace("at 10 ", "at 99 ")) == masked(page) != masked(mended)


def test_a_program_that_fails_is_not_written(tmp_path: Path) -> None:
    page = "```python\nprint(1 // 0)\n```\n\n```text\n1\n```\n"
    with pytest.raises(ValueError, match="ZeroDivisionError"):
        rerun(page, user_folder(tmp_path))


def test_first_commands_are_those_of_make_run() -> None:
    """The README shows what `make run` runs."""
    recipe = (ROOT / "Makefile").read_text().split("\nrun:", 1)[1].split("\n\n", 1)[0]
    run = re.findall(r"\$\(BIN\)/(macsmith .*)", recipe)
    assert len(run) == 4
    shown = commands((ROOT / "README.md").read_text(encoding="utf-8"))[:4]
    assert [command.split(" | ")[0] for command in shown] == run


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_links(page: Path) -> None:
    """Every file that a page links to is there."""
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
    assert targets or page.stem != "index"
    for target in targets:
        assert (page.parent / target).exists(), target


def test_testbench_in_plain_verilog(tmp_path: Path) -> None:
    """A stranger's testbench, written from manifest and pages alone, passes."""
    generate(load_design("ternary-int8-8x8"), tmp_path)
    sources = [str(tmp_path / "ternary-int8-8x8.v"), str(ROOT / "docs" / "example_tb.v")]
    flags = ("--binary", "--timing", "-CFLAGS", "-std=c++20", "--Mdir", str(tmp_path))
    verilator().call(*flags, "--top-module", "example_tb", "-o", "bench", *sources)
    done = subprocess.run([tmp_path / "bench"], capture_output=True, text=True, check=True)
    assert "PASS" in done.stdout


def test_every_figure_is_on_a_page_and_in_one_format() -> None:
    """What no page shows is not kept, and nothing is kept twice."""
    texts = [page.read_text(encoding="utf-8") for page in PAGES]
    figures = sorted((ROOT / "docs" / "figures").iterdir())
    assert len({figure.stem for figure in figures}) == len(figures) > 10
    for figure in figures:
        assert any(f"figures/{figure.name})" in text for text in texts), figure.name
