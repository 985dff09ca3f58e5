"""SRAM: area, energy, access time and leakage of macros and of buffers made of them.

The closed forms are fitted to the sixteen macros of IHP SG13G2
(`costmodel/system/memories/sg13g2.csv`), in the sizes of their array: a macro has ``words /
words_per_row`` rows of ``bits * words_per_row`` cells.

    area        1, rows, bits, columns, rows * columns
    energy      rows, columns, rows * columns, bits * sqrt(words)       of a read and of a write
    access      1, rows, columns, rows > 64
    leakage     words * bits

An energy's terms are the word lines' ends, the word line and the columns' ends, the bit lines, and
the way of the data through the array; the libraries' access times are alike up to 64 rows and then
jump. All coefficients are above zero, so each figure grows with rows and bits. Left out one at a
time (`leave_one_out`), a macro's area is off by 0.4 % on average and 1.0 % at most, its energies by
2.5 and 3.2 (5.4 and 8.1), its access time by 1.5 (5.6), its leakage by nothing.

Other technologies get these figures times `costmodel.system.scaling.factors`: an assumption, not a
measurement. `published_ratio` says how far a published memory is from it, and
``docs/assumptions.md`` more.

All functions work on numpy arrays, which broadcast.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from costmodel.system.scaling import Factors, energy_factor, factors

__all__ = [
    "DEEPEST",
    "SHALLOWEST",
    "WIDEST",
    "Memory",
    "Sram",
    "leave_one_out",
    "load_sram",
    "published_ratio",
]

Floats = NDArray[np.float64]

#: Of the macros that a buffer is made of: least and most words, and most bits.
SHALLOWEST, DEEPEST, WIDEST = 64, 2048, 64

_SOURCE = "sg13g2"
_MACROS = Path(__file__).with_name("memories") / f"{_SOURCE}.csv"
_WORDS_PER_ROW = 4  # of all macros up to 2048 words but two of eight bits
_LONG_BIT_LINES = 64  # rows above which the macros' self-timed read takes longer
#: pJ of a read of 64 bits from 32 KB: Horowitz, ISSCC 2014 (45 nm, 0.9 V; here at NanGate's 1.1 V);
#: Jouppi et al., ISCA 2021, table 2 (7 nm).
_PUBLISHED_PJ = {"nangate45": 20 / energy_factor(45, 1.1, 45, 0.9), "asap7": 8.5}
_PUBLISHED_WORDS, _PUBLISHED_BITS = 4096, 64
_FIGURES = ("area_um2", "read_pj", "write_pj", "access_ns", "leakage_nw")


@dataclass(frozen=True)
class Memory:
    """Figures of memories, arrays of one shape or shapes that broadcast.

    Attributes:
        area_um2: all macros together.
        read_pj: energy of reading a word.
        write_pj: of writing one.
        access_ps: from the clock to the data.
        leakage_uw: of all macros together.
        macros: how many there are.
    """

    area_um2: Floats
    read_pj: Floats
    write_pj: Floats
    access_ps: Floats
    leakage_uw: Floats
    macros: NDArray[np.int64]


@dataclass(frozen=True)
class Sram:
    """The SRAM of a technology.

    Attributes:
        technology: its name.
        coefficients: of each figure's terms, at the technology that the macros are of.
        factors: to this technology.
    """

    technology: str
    coefficients: dict[str, Floats]
    factors: Factors

    def macro(
        self, words: ArrayLike, bits: ArrayLike, words_per_row: ArrayLike = _WORDS_PER_ROW
    ) -> Memory:
        """A single macro; the sizes of the fitted ones go from 64 to 4096 words, 8 to 64 bits.

        Args:
            words: its depth.
            bits: its width.
            words_per_row: words that share a row of cells, its column multiplexers' inputs.
        """
        sizes = [np.asarray(size, np.float64) for size in (words, bits, words_per_row)]
        area, read, write, access, leakage = (
            sum(c * term for c, term in zip(self.coefficients[figure], terms(*sizes), strict=True))
            for figure, terms in _TERMS.items()
        )
        return Memory(
            area_um2=np.asarray(area * self.factors.area),
            read_pj=np.asarray(read * self.factors.energy),
            write_pj=np.asarray(write * self.factors.energy),
            access_ps=np.asarray(access * 1e3 * self.factors.delay),
            leakage_uw=np.asarray(leakage * 1e-3 * self.factors.leakage),
            macros=np.ones(np.broadcast_shapes(*(size.shape for size in sizes)), np.int64),
        )

    def buffer(self, words: ArrayLike, bits: ArrayLike) -> Memory:
        """A memory of any size, made of macros of one size.

        As many macros side by side as the width takes, 64 bits each at most, and as many banks as
        the depth takes, 2048 words each at most. One bank works in an access, all its macros do.
        The banks' address decoders and the multiplexers of what they read are not counted.

        Args:
            words: its depth; below 64 it is made of macros of 64. 0 is no memory, without cost.
            bits: its width, above 0.
        """
        depth, width = np.asarray(words, np.int64), np.asarray(bits, np.int64)
        banks = _ceil(depth, DEEPEST)
        slices = _ceil(width, WIDEST)
        bank_depth = np.maximum(_ceil(depth, np.maximum(banks, 1)), SHALLOWEST)
        bank_depth = _ceil(bank_depth, _WORDS_PER_ROW) * _WORDS_PER_ROW
        macro = self.macro(bank_depth, _ceil(width, slices))
        present = banks > 0
        return Memory(
            area_um2=macro.area_um2 * banks * slices,
            read_pj=macro.read_pj * slices * present,
            write_pj=macro.write_pj * slices * present,
            access_ps=macro.access_ps * present,
            leakage_uw=macro.leakage_uw * banks * slices,
            macros=banks * slices,
        )


def load_sram(technology: str = _SOURCE, node_nm: int | None = None) -> Sram:
    """The SRAM of a technology, scaled from the macros of SG13G2.

    Args:
        technology: its name, or file, as `costmodel.technologies.load_technology` takes it.
        node_nm: its node; only for technologies that are not shipped.

    Raises:
        RequestError: the technology is not there, or its node is not known.
    """
    return Sram(technology, _fitted(), factors(_SOURCE, technology, node_nm))


def published_ratio(technology: str) -> float:
    """Published energy of reading an SRAM over the scaled one; 1 where nothing is published."""
    if technology not in _PUBLISHED_PJ:
        return 1.0
    scaled = load_sram(technology).buffer(_PUBLISHED_WORDS, _PUBLISHED_BITS).read_pj
    return _PUBLISHED_PJ[technology] / float(scaled)


def leave_one_out() -> dict[str, Floats]:
    """Errors in percent of each figure of each macro, fitted to the others, in the file's order."""
    macros = _macros()
    errors = {}
    for figure in _FIGURES:
        terms, values = _terms(figure, macros), macros[figure]
        kept = ~np.eye(len(values), dtype=bool)
        predicted = [terms[i] @ _fit(terms[rest], values[rest]) for i, rest in enumerate(kept)]
        errors[figure] = 100 * (np.array(predicted) / values - 1)
    return errors


def _area(words: Floats, bits: Floats, words_per_row: Floats) -> tuple[Floats, ...]:
    rows, columns = words / words_per_row, bits * words_per_row
    return np.ones_like(words), rows, bits, columns, rows * columns


def _energy(words: Floats, bits: Floats, words_per_row: Floats) -> tuple[Floats, ...]:
    rows, columns = words / words_per_row, bits * words_per_row
    return rows, columns, rows * columns, bits * np.sqrt(words)


def _access(words: Floats, bits: Floats, words_per_row: Floats) -> tuple[Floats, ...]:
    rows, columns = words / words_per_row, bits * words_per_row
    return np.ones_like(words), rows, columns, (rows > _LONG_BIT_LINES).astype(np.float64)


def _leakage(words: Floats, bits: Floats, words_per_row: Floats) -> tuple[Floats, ...]:
    return (words * bits + 0 * words_per_row,)


_TERMS: dict[str, Callable[[Floats, Floats, Floats], tuple[Floats, ...]]] = dict(
    zip(_FIGURES, (_area, _energy, _energy, _access, _leakage), strict=True)
)


@cache
def _fitted() -> dict[str, Floats]:
    macros = _macros()
    return {figure: _fit(_terms(figure, macros), macros[figure]) for figure in _FIGURES}


def _terms(figure: str, macros: dict[str, Floats]) -> Floats:
    sizes = (macros[name] for name in ("words", "bits", "words_per_row"))
    return np.stack(_TERMS[figure](*sizes), axis=1)


def _fit(terms: Floats, values: Floats) -> Floats:
    """Least squares of relative errors."""
    coefficients = np.linalg.lstsq(terms / values[:, None], np.ones(len(values)), rcond=None)[0]
    return coefficients.astype(np.float64)


@cache
def _macros() -> dict[str, Floats]:
    """Columns of the table of macros."""
    lines = _MACROS.read_text(encoding="utf-8").splitlines()
    rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    names = ("words", "bits", "words_per_row", *_FIGURES)
    return {name: np.array([float(row[name]) for row in rows]) for name in names}


def _ceil(number: NDArray[np.int64], by: NDArray[np.int64] | int) -> NDArray[np.int64]:
    return -(-number // by)
