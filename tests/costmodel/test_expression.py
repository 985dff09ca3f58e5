"""Functions of cells: Liberty's notation against its meaning."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costmodel.library.expression import ExpressionError, literal, names, normalize

PINS = ("A", "B1", "C_N")

# A tree is a pin's name, ("!", tree) or (operator, tree, tree, ...).
Tree = str | tuple

trees = st.recursive(
    st.sampled_from([*PINS, "0", "1"]),
    lambda inner: st.one_of(
        st.tuples(st.just("!"), inner),
        st.tuples(st.sampled_from("&|^"), inner, inner),
        st.tuples(st.sampled_from("&|^"), inner, inner, inner),
    ),
    max_leaves=12,
)


def value(tree: Tree, pins: dict[str, int]) -> bool:
    if isinstance(tree, str):
        return tree == "1" if tree in {"0", "1"} else bool(pins[tree])
    operator, *parts = tree
    values = [value(part, pins) for part in parts]
    if operator == "!":
        return not values[0]
    return {"&": all(values), "|": any(values), "^": sum(values) % 2 == 1}[operator]


@st.composite
def written(draw: st.DrawFn, tree: Tree, outer: int = 0) -> str:
    """A tree in one of Liberty's ways; `outer` is how close the operator around it binds."""
    if isinstance(tree, str):
        text = f"({tree})" if draw(st.integers(0, 4)) == 0 else tree
    elif tree[0] == "!":
        if draw(st.booleans()):
            text = f"!{draw(written(tree[1], 4))}"
        else:
            inner = draw(written(tree[1], 4))
            text = f"({inner})'" if inner.startswith("!") else f"{inner}'"
    else:
        binding = {"|": 1, "&": 2, "^": 3}[tree[0]]
        sign = draw(st.sampled_from({"|": ["+", " | "], "&": ["*", "&", " "], "^": ["^"]}[tree[0]]))
        text = sign.join(draw(written(part, binding)) for part in tree[1:])
        if binding < outer or (binding == outer and draw(st.booleans())):
            text = f"({text})"
    return text


@given(st.data(), trees)
def test_means_the_same_in_verilog_and_in_python(data: st.DataObject, tree: Tree) -> None:
    function = normalize(data.draw(written(tree)))
    assert re.fullmatch(r"[A-Za-z0-9_~&|^() ]+", function)
    assert set(names(function)) <= set(PINS)
    code = compile(function, function, "eval")
    for bits in itertools.product([0, 1], repeat=len(PINS)):
        pins: dict[str, int] = dict(zip(PINS, bits, strict=True))
        assert bool(eval(code, {}, pins) & 1) == value(tree, pins)


@given(st.data(), trees)
def test_is_stable(data: st.DataObject, tree: Tree) -> None:
    function = normalize(data.draw(written(tree)))
    assert normalize(function) == function


@pytest.mark.parametrize(
    ("liberty", "verilog"),
    [
        ("!(A*B)", "~(A & B)"),
        ("(A0*(!S0*!S1))+(A1*(S0*!S1))", "(A0 & ~S0 & ~S1) | (A1 & S0 & ~S1)"),
        ("(SCE*SCD)+(SCE'*D)", "(SCE & SCD) | (~SCE & D)"),
        ("A B' + C", "(A & ~B) | C"),
        ("A & B ^ C", "A & (B ^ C)"),
        ("A ^ B | C", "(A ^ B) | C"),
        ("(A)", "A"),
        ("!!A", "A"),
        ("(A')'", "A"),
        (" 1 ", "1"),
        ("!0", "1"),
    ],
)
def test_examples(liberty: str, verilog: str) -> None:
    assert normalize(liberty) == verilog


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "ends too early"),
        ("A +", "ends too early"),
        ("(A", "closing parenthesis"),
        ("A)", "goes on after its end"),
        ("A ? B : C", "unknown sign '?'"),
        ("A * + B", "where a pin must stand"),
        ("A & ;", "unknown sign ';'"),
        ('A & "B', "unknown sign"),
        ("(" * 5000 + "A" + ")" * 5000, "too many parentheses"),
    ],
)
def test_refuses(text: str, reason: str) -> None:
    with pytest.raises(ExpressionError, match=re.escape(reason)):
        normalize(text)


def test_literal() -> None:
    assert literal("A") == ("A", False)
    assert literal("~A") == ("A", True)
    assert literal("A & B") is None
    assert literal("1") is None
