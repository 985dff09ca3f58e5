"""What a user's own simulation did at the ports of a circuit: a value change dump (VCD), read.

The format is that of IEEE 1364-2005, section 18. Values are those that the dump has at each time,
with a mask of the bits that are 0 or 1; x and z are neither.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vcd.reader import Token, TokenKind, VarDecl, VCDParseError, tokenize

from hw.errors import RequestError
from sim.reading import check_file

__all__ = ["Recording", "Value", "read_recording"]


@dataclass(frozen=True)
class Value:
    """What a port has.

    Attributes:
        bits: all of them, 0 where they are x or z.
        known: 1 where they are not.
    """

    bits: int
    known: int


@dataclass(frozen=True)
class _Place:
    """Which bits of a port a variable of the dump has."""

    port: str
    lowest: int
    bits: int


@dataclass(frozen=True)
class Recording:
    """A dump, and where in it a circuit's ports are.

    Attributes:
        path: the file.
        scope: the instance whose ports are read, from the outermost one on.
        places: of the ports by the dump's code of each variable.
    """

    path: Path
    scope: str
    places: Mapping[str, tuple[_Place, ...]]

    def changes(self) -> Iterator[dict[str, Value]]:
        """The ports that change at each time when any does, and what they have then.

        Raises:
            RequestError: the file ends within a change, or holds none.
        """
        values: dict[str, Value] = {}
        changed: set[str] = set()
        for token in _tokens(self.path):
            if token.kind is TokenKind.CHANGE_TIME and changed:
                yield {port: values[port] for port in changed}
                changed.clear()
            elif token.kind in (TokenKind.CHANGE_SCALAR, TokenKind.CHANGE_VECTOR):
                data: Any = token.data
                for place in self.places.get(data.id_code, ()):
                    old = values.get(place.port, Value(0, 0))
                    values[place.port] = _changed(old, place, data.value)
                    changed.add(place.port)
        if not values:
            raise RequestError(f"{self.path} has no values of the ports of {self.scope}")
        if changed:
            yield {port: values[port] for port in changed}


def read_recording(path: Path, ports: Mapping[str, int], scope: str = "") -> Recording:
    """Find a circuit's ports in a dump.

    Args:
        path: the file.
        ports: widths by name.
        scope: the instance, such as ``tb.dut``; without one the only instance that has variables of
            these names and widths.

    Raises:
        RequestError: the file is not there or is no dump, or no instance, or several, have them.
    """
    check_file(path, "value change dump")
    scopes = _scopes(path)
    if scope and scope not in scopes:
        raise RequestError(f"{path} has no scope {scope!r}: it has {_some(sorted(scopes))}")
    fitting: dict[str, dict[str, tuple[_Place, ...]]] = {}
    lacking = ""
    for name in [scope] if scope else scopes:
        places, lacks = _placed(scopes[name], ports)
        if not lacks:
            fitting[name] = places
        elif not lacking or len(lacks) < len(lacking):
            lacking = lacks
    if not fitting:
        where = f"scope {scope} of {path}" if scope else f"no scope of {path}"
        verb = "lacks" if scope else "has all ports: the nearest one lacks"
        raise RequestError(f"{where} {verb} {lacking}")
    first, *others = fitting
    if any(fitting[other] != fitting[first] for other in others):
        raise RequestError(
            f"{path} has the ports in several scopes, {_some(list(fitting))}: --scope says which"
        )
    return Recording(path, first, fitting[first])


def _tokens(path: Path) -> Iterator[Token]:
    """The dump's tokens.

    Raises:
        RequestError: it is no dump, or is cut off.
    """
    try:
        with path.open("rb") as file:
            yield from tokenize(file)
    except (VCDParseError, UnicodeDecodeError, ValueError, OSError) as error:
        raise RequestError(f"{path} is no value change dump: {error}") from error


def _scopes(path: Path) -> dict[str, list[VarDecl]]:
    """The variables of every scope, outer ones first."""
    scopes: dict[str, list[VarDecl]] = {}
    names: list[str] = []
    for token in _tokens(path):
        if token.kind is TokenKind.SCOPE:
            names.append(token.scope.ident)
            scopes.setdefault(".".join(names), [])
        elif token.kind is TokenKind.UPSCOPE:
            if not names:
                raise RequestError(f"{path} is no value change dump: a scope ends that never began")
            names.pop()
        elif token.kind is TokenKind.VAR:
            scopes.setdefault(".".join(names), []).append(token.var)
        elif token.kind is TokenKind.ENDDEFINITIONS:
            break
    if not scopes:
        raise RequestError(f"{path} is no value change dump: it has no variables")
    return scopes


def _placed(
    variables: Collection[VarDecl], ports: Mapping[str, int]
) -> tuple[dict[str, tuple[_Place, ...]], str]:
    """Where ports are among the variables of a scope, and what is not there, in words."""
    places: dict[str, list[_Place]] = {}
    found = dict.fromkeys(ports, 0)
    for variable in variables:
        name = variable.reference
        if name not in ports:
            continue
        single = isinstance(variable.bit_index, int) and variable.size == 1 and ports[name] > 1
        lowest = int(variable.bit_index) if single else 0  # type: ignore[arg-type]
        found[name] += variable.size
        places.setdefault(variable.id_code, []).append(_Place(name, lowest, variable.size))
    lacks = [
        f"{name} of {width} bits" + (f" (it has {found[name]})" if found[name] else "")
        for name, width in ports.items()
        if found[name] != width
    ]
    return {code: tuple(of_code) for code, of_code in places.items()}, _some(lacks)


def _changed(old: Value, place: _Place, value: int | str) -> Value:
    """A port's value after a variable has changed."""
    mask = ((1 << place.bits) - 1) << place.lowest
    if isinstance(value, int):
        bits, known = value, (1 << place.bits) - 1
    else:
        text = value.lower()
        text = text.rjust(place.bits, text[0] if text[0] in "xz" else "0")[-place.bits :]
        bits = int("".join("1" if bit == "1" else "0" for bit in text), 2)
        known = int("".join("1" if bit in "01" else "0" for bit in text), 2)
    kept = ~mask
    return Value(
        old.bits & kept | bits << place.lowest & mask,
        old.known & kept | known << place.lowest & mask,
    )


def _some(names: Collection[str]) -> str:
    """At most four of them."""
    listed = list(names)
    return ", ".join(listed[:4]) + (", .." if len(listed) > 4 else "")
