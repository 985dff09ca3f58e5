"""Choices: enumerations that are their words in files, sentences and tables."""

from __future__ import annotations

import json

import numpy as np
import pytest

from hw.choices import Choice
from hw.errors import RequestError
from hw.formats import Rounding
from hw.ternary import PACKINGS, TernaryLut
from hw.ternary.choices import Loop, PackingName, Scale, Style
from tests.support import small_core

_KINDS = (Style, Loop, Scale, PackingName, Rounding)


@pytest.mark.parametrize("kind", _KINDS)
def test_choices_are_their_words(kind: type[Choice]) -> None:
    """In comparisons, as keys, printed, in JSON, and in arrays of texts."""
    for choice in kind:
        word = choice.value
        assert choice == word
        assert {word: 1}[choice] == 1
        assert f"{choice} {choice!r}" == f"{word} {word!r}"
        assert json.dumps({"choice": choice}) == json.dumps({"choice": word})
        assert (np.array([word, "other"]) == choice).tolist() == [True, False]
        assert kind.read("parameter", word) is choice


@pytest.mark.parametrize("value", ["", "other", "TABLE", 1, None, True, ["table"]])
@pytest.mark.parametrize("kind", _KINDS)
def test_what_is_none_is_refused(kind: type[Choice], value: object) -> None:
    """The sentence repeats the value and lists the words."""
    with pytest.raises(RequestError) as refusal:
        kind.read("parameter", value)
    sentence = f"parameter = {value!r} is not allowed: it must be one of {', '.join(kind)}"
    assert str(refusal.value) == sentence


def test_a_core_has_choices_whatever_it_is_given() -> None:
    """Words of a design file become choices, so that comparing identities is right."""
    core = small_core(packing="codes", loop="table", scale="none", style="integer")
    assert core.packing is PackingName.CODES
    assert core.loop is Loop.TABLE
    assert core.scale is Scale.NONE
    assert core.style is Style.INTEGER
    assert small_core().style is Style.INTEGER
    scaled = small_core(result="int8", scale="column", scale_format="u8.4")
    assert scaled.exit_plan is not None
    assert scaled.exit_plan.scale is Scale.COLUMN


def test_a_unit_offers_all_choices() -> None:
    """What a space may vary are the words of the enumerations; each packing is described."""
    words = {"style": Style, "loop": Loop, "packing": PackingName, "scale": Scale}
    assert TernaryLut.choices == {name: tuple(kind) for name, kind in words.items()}
    assert list(PACKINGS) == list(PackingName)
