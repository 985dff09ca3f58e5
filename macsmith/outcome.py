"""What comes of a command: an exit status, and one sentence for whatever goes wrong."""

from __future__ import annotations

import hashlib
import os
import platform
import sys
import tempfile
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import typer
from typer.exceptions import TyperException

from hw import __version__
from hw.errors import CheckError, RequestError
from sim.simulator import SimulatorError, cache_folder  # light: loads no simulator
from sim.writing import atomic_write, made_folder

__all__ = ["open_streams", "outcome"]

_LONGEST = 600  # characters of a sentence: what was given may be longer than a screen


def open_streams() -> None:
    """Give the program its three streams, and let none of them fail for a character's sake.

    One that the caller has closed leads nowhere; else a file that is opened later took its number.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode))
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="backslashreplace")


def outcome(command: Callable[[], int | None]) -> int:
    """Call a command.

    Args:
        command: prints its answer; returns the exit status, if that is not 0.

    Returns:
        The exit status: 0 done; 1 a check, or the program itself, failed; 2 the request is wrong;
        130 interrupted. Unless it is 0, a sentence on the standard error stream says why, which the
        command does itself where a check fails.
    """
    try:
        status = command() or 0
        sys.stdout.flush()
    except RequestError as error:
        return _end(2, str(error))
    except TyperException as error:
        return _end(error.exit_code, _usage(error))
    except (CheckError, SimulatorError) as error:
        return _end(1, str(error))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # who reads the answer has had enough of it
        _drop_answer()
        return 1
    except ModuleNotFoundError as error:
        if error.name in ("gguf", "ml_dtypes", "onnx", "safetensors", "tokenizers"):
            return _end(2, f"this takes the package {error.name}: pip install 'macsmith[models]'")
        return _end(1, _unforeseen(error))
    except Exception as error:
        return _end(1, _unforeseen(error))
    return status


def _end(status: int, sentence: str) -> int:
    if len(sentence) > _LONGEST:
        half = _LONGEST // 2
        sentence = f"{sentence[:half]} [...] {sentence[-half:]}"
    if sentence:
        with suppress(OSError):  # where nobody can be told
            typer.echo(f"macsmith: {sentence}", err=True)
    return status


def _usage(error: TyperException) -> str:
    """What is wrong with the command line, in one line; nothing where its help was printed."""
    message = " ".join(error.format_message().split())
    context = getattr(error, "ctx", None)
    if not message or context is None:
        return message
    return f"{message.rstrip('.')} ({context.command_path} --help tells more)"


def _unforeseen(error: Exception) -> str:
    """What no part of the program has a sentence for; the traceback goes to a file."""
    if isinstance(error, OSError):
        _drop_answer()  # which may be what could not be written
        reason = f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror)
    elif isinstance(error, MemoryError):
        reason = "this takes more memory than there is"
    else:
        first = (str(error).splitlines() or [""])[0]
        reason = f"an error that no sentence was written for: {type(error).__name__}: {first}"
    path = _written_log(error)
    return f"{reason}; the traceback is in {path}" if path else reason


def _written_log(error: Exception) -> Path | None:
    """Write what happened where; the same error has one file. None where nothing can be written."""
    trace = "".join(traceback.format_exception(error))
    name = f"{hashlib.sha256(trace.encode('utf-8', 'replace')).hexdigest()[:12]}.log"
    text = (
        f"macsmith {__version__}, Python {platform.python_version()}, {platform.platform()}\n"
        f"arguments: {sys.argv[1:]}\n\n{trace}"
    )
    for folder in (lambda: cache_folder() / "logs", lambda: Path(tempfile.gettempdir())):
        with suppress(RequestError, OSError, RuntimeError):
            path = folder() / name
            with made_folder(path.parent):
                atomic_write(path, text)
            return path
    return None


def _drop_answer() -> None:
    """Let what is left of the answer go nowhere: at its end Python would try to write it again."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
