"""Recipes: the ways in which a design is mapped, and which of them are worth trying.

Designs of this project write their sums as trees of adders and need no other way. Verilog from
outside has sums, too, that Yosys folds into one operator; and it must never come out larger than a
plain script makes it, so that script is a recipe as well.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

from costmodel.flow.adders import find_adders
from costmodel.library.technology import Technology

__all__ = [
    "PLAIN",
    "SUMS",
    "Recipe",
    "Sums",
    "portfolio",
    "quick_portfolio",
    "ways_for_sums",
]

Sums = Literal["kept", "unfolded", "carry-save"]
SUMS: tuple[Sums, ...] = get_args(Sums)
_PLAIN = "synth"


@dataclass(frozen=True)
class Recipe:
    """One way to map a design.

    Attributes:
        hierarchy: ``kept`` maps a module that repeats once; ``flat`` maps the design as a whole.
        adders: ``cells`` takes the library's full and half adders, ``logic`` leaves them to ABC,
            ``either`` takes for each module what is better there.
        carry: what additions become: ``ripple`` chains of adders, or parallel prefix adders,
            ``prefix`` after Brent and Kung or ``kogge-stone``.
        multiplier: ``array`` or ``booth``; for multiplications that the source writes as such.
        aim: what each module's script is chosen for: ``area``, ``delay`` (area x delay^2), or
            ``plain``, the least area by scripts that ABC always survives; ``quick-area`` and
            ``quick-delay`` are one script in one order of names.
        sums: of three and more operands, products among them. ``kept`` leaves them to Yosys, which
            folds them into one operator and that into logic; ``unfolded`` gives each addition of
            the source a carry chain of its own; ``carry-save`` turns the folded operator into
            rows of full adders and one carry chain.
        plain: no recipe of ours, but what a plain script does, whatever else is said here: Yosys'
            ``synth -flatten``, ``dfflibmap`` and ``abc``, for a clock with its period.
    """

    hierarchy: str = "kept"
    adders: str = "either"
    carry: str = "ripple"
    multiplier: str = "array"
    aim: str = "area"
    sums: Sums = "kept"
    plain: bool = False

    def __str__(self) -> str:
        if self.plain:
            return _PLAIN
        parts = [self.hierarchy, self.adders, self.carry, self.multiplier, self.aim]
        return "/".join(parts if self.sums == "kept" else [*parts, self.sums])

    @classmethod
    def parse(cls, text: str) -> Recipe:
        """Undo `str`."""
        if text == _PLAIN:
            return PLAIN
        hierarchy, adders, carry, multiplier, aim, *rest = text.split("/")
        (sums,) = rest or ["kept"]
        if sums not in SUMS:
            raise ValueError(f"{text!r} is no recipe: its sums are none of {', '.join(SUMS)}")
        return cls(hierarchy, adders, carry, multiplier, aim, sums)


#: What a plain script makes of a design.
PLAIN = Recipe(hierarchy="flat", adders="logic", carry="prefix", plain=True)


def portfolio(
    technology: Technology, clock_ps: float | None, *, outside: bool = False
) -> list[Recipe]:
    """The recipes that are tried first.

    Chains of adder cells are the smallest adders and prefix adders the fast ones; where the library
    has adder cells, each module takes them or logic. `costmodel.flow.synthesis` then varies the
    best recipe: its sums, if the design has such; in one piece, if modules were kept and the design
    is small enough for that; and with Booth's recoding where it multiplies.

    Args:
        technology: the cells.
        clock_ps: the asked clock period; None asks for the least area.
        outside: the design is not of this project: what a plain script makes of it is tried too.
    """
    base = Recipe(adders="either" if find_adders(technology) else "logic")
    plain = [PLAIN] if outside else []
    if clock_ps is None:
        return [base, *plain]
    fast = replace(base, aim="delay")
    return [
        base,
        replace(base, carry="prefix"),
        replace(fast, carry="prefix"),
        replace(fast, carry="kogge-stone"),
        *plain,
    ]


def quick_portfolio(
    technology: Technology, clock_ps: float | None, *, outside: bool = False
) -> list[Recipe]:
    """The few recipes of a quick answer; arguments as in `portfolio`.

    For a clock the small way, which is kept where it is fast enough, and a fast one.
    """
    base = portfolio(technology, None)[0]
    plain = [PLAIN] if outside else []
    small = replace(base, aim="quick-area")
    if clock_ps is None:
        return [small, *plain]
    return [small, replace(base, carry="prefix", aim="quick-delay"), *plain]


def ways_for_sums(recipe: Recipe) -> list[Recipe]:
    """A recipe with the other ways for sums of three and more operands."""
    return [replace(recipe, sums=way) for way in SUMS if way != recipe.sums]
