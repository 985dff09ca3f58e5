"""Files that are written: whole or not at all, whatever fails, and nothing left of what did."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hw.errors import RequestError
from sim.writing import (
    atomic_move,
    atomic_table,
    atomic_write,
    check_output,
    made_folder,
    staged_files,
    working_folder,
)


def _names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def _full(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_text_bytes_and_tables(tmp_path: Path) -> None:
    atomic_write(tmp_path / "text", "ü\n")
    assert (tmp_path / "text").read_bytes() == "ü\n".encode()
    atomic_write(tmp_path / "text", b"other")
    assert (tmp_path / "text").read_bytes() == b"other"
    atomic_table(tmp_path / "table.csv", ["a", "b"], [{"a": 1}, {"a": "x,y", "b": None}])
    assert (tmp_path / "table.csv").read_text() == 'a,b\n1,\n"x,y",\n'
    assert _names(tmp_path) == ["table.csv", "text"]
    assert (tmp_path / "text").stat().st_mode & 0o777 == 0o666 & ~_umask()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_a_link_stays_and_its_file_is_written(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "there" / "file")
    atomic_write(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "there" / "file").read_text() == "new"


def test_what_is_no_plain_file_stays(tmp_path: Path) -> None:
    """A device would be renamed away, for all programs of the machine."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for name in ("pipe", "folder", "loop", "nowhere/file", "n" * 300, "zero\0byte", "folder/"):
        for write in (lambda path: atomic_write(path, "x"), check_output):
            with pytest.raises(RequestError, match="cannot write"):
                write(tmp_path / name)
    assert (tmp_path / "pipe").is_fifo()
    assert _names(tmp_path) == ["folder", "loop", "pipe"]


def test_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was there is as before, and nothing is beside it."""
    atomic_write(tmp_path / "file", "old")
    monkeypatch.setattr(Path, "replace", _full)
    with pytest.raises(RequestError, match=r"cannot write .*file: No space left on device: remedy"):
        atomic_write(tmp_path / "file", "new", ": remedy")
    assert (tmp_path / "file").read_text() == "old"
    assert _names(tmp_path) == ["file"]


def test_move_to_another_file_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rename across devices fails: the file is copied, and appears when it is whole."""
    (tmp_path / "from").write_text("waves")

    def across(source: str, target: str) -> None:
        if Path(source).parent == tmp_path and Path(source).name == "from":
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
        renamed(source, target)

    renamed = os.rename
    monkeypatch.setattr(os, "rename", across)
    atomic_move(tmp_path / "from", tmp_path / "to")
    assert (tmp_path / "to").read_text() == "waves"
    assert _names(tmp_path) == ["to"]


def test_staged_files_appear_together(tmp_path: Path) -> None:
    out = tmp_path / "a" / "b"
    out.mkdir(parents=True)
    (out / "old.svg").touch()
    with staged_files(out, last="a.json", removed=["old.svg", "never"]) as stage:
        for name in ("a.json", "b.v", "c.core"):
            (stage / name).write_text(name)
        assert not (out / "b.v").exists()
    assert _names(out) == ["a.json", "b.v", "c.core"]


def _stage(folder: Path, numbers: dict[str, int]) -> None:
    with staged_files(folder) as stage:
        for name, number in numbers.items():
            (stage / name).write_text(str(1 / number))


def test_staged_files_fail_together(tmp_path: Path) -> None:
    """The folders that were made for them go again; those that were there stay."""
    with pytest.raises(ZeroDivisionError):
        _stage(tmp_path / "a" / "b", {"file": 0})
    assert _names(tmp_path) == []
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "two").mkdir()
    with pytest.raises(RequestError, match="there is a folder of that name"):
        _stage(tmp_path / "a", {"one": 1, "two": 2})
    assert _names(tmp_path) == ["a", "a/two"]


def test_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for place in ("file", "file/folder", "zero\0byte"):
        with pytest.raises(RequestError, match="cannot write"), made_folder(tmp_path / place):
            pass


def test_killed_work_is_cleaned_up_and_living_work_is_not(tmp_path: Path) -> None:
    """The lock tells them apart: it ends with its process, however that ends."""
    code = (
        "import sys, time; from pathlib import Path; from sim.writing import working_folder\n"
        "with working_folder(Path(sys.argv[1]), 'building-') as folder:\n"
        "    (folder / 'file').touch(); print(folder.name, flush=True); time.sleep(60)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    name = process.stdout.readline().strip()
    with working_folder(tmp_path, "building-") as mine:
        assert sorted(_names(tmp_path)) == sorted([name, f"{name}/file", mine.name])
    assert _names(tmp_path) == [name, f"{name}/file"]
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    process.stdout.close()
    with working_folder(tmp_path, "building-") as mine:
        assert _names(tmp_path) == [mine.name]
    assert _names(tmp_path) == []


def test_many_at_once(tmp_path: Path) -> None:
    """Processes that clean up and begin at the same time never take each other's folders."""
    code = (
        "import sys; from pathlib import Path; from sim.writing import working_folder\n"
        "for _ in range(100):\n"
        "    with working_folder(Path(sys.argv[1]), 'x-') as folder:\n"
        "        (folder / 'file').write_text('x'); assert (folder / 'file').exists()\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    root = Path(__file__).parents[2]
    processes = [subprocess.Popen(command, cwd=root) for _ in range(3)]
    started = time.monotonic()
    assert [process.wait(60) for process in processes] == [0] * 3
    assert time.monotonic() - started < 60
    assert _names(tmp_path) == []


def test_a_folder_that_another_process_has_made_and_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One whose work failed removes the folders that it made, if they are empty at that moment."""
    place = tmp_path / "cache" / "simulators"
    removed = []

    def remove(_bytes: int) -> str:
        if not removed:
            place.rmdir()
            place.parent.rmdir()
            removed.append(place)
        return "0"

    monkeypatch.setattr("sim.writing.secrets.token_hex", remove)
    with made_folder(place), working_folder(place, "building-") as folder:
        assert removed
        assert folder == place / "building-0"
        (folder / "file").touch()
    assert _names(tmp_path) == ["cache", "cache/simulators"]
