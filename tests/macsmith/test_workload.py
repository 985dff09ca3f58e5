"""Workload files: the committed ones against the models' own sizes, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from hw.errors import RequestError
from macsmith.workload import committed_workloads, load_workload, parse_product

#: Of the public configurations: hidden, intermediate, blocks, heads, heads of keys and values.
_SIZES = {
    "bitnet-0.7b": (1536, 4096, 24, 16, 16),
    "bitnet-1.3b": (2048, 5460, 24, 32, 32),
    "bitnet-2b4t": (2560, 6912, 30, 20, 5),
    "bitnet-3b": (3200, 8640, 26, 32, 32),
}


def test_all_models_are_there() -> None:
    """And no other."""
    assert committed_workloads() == sorted(_SIZES)


@pytest.mark.parametrize("name", _SIZES)
def test_layers_follow_from_the_sizes(name: str) -> None:
    """Seven linear layers a block: attention with grouped keys and values, gate, up and down."""
    hidden, intermediate, blocks, heads, kv_heads = _SIZES[name]
    model = load_workload(name)
    assert tuple(model.sizes.values()) == _SIZES[name]
    keys = hidden // heads * kv_heads
    assert [(layer.name, layer.inputs, layer.outputs) for layer in model.layers] == [
        ("q", hidden, hidden),
        ("k", hidden, keys),
        ("v", hidden, keys),
        ("o", hidden, hidden),
        ("gate", hidden, intermediate),
        ("up", hidden, intermediate),
        ("down", intermediate, hidden),
    ]
    assert {layer.count for layer in model.layers} == {blocks}
    assert model.sources


def test_weights_of_the_released_model() -> None:
    """The ternary weights counted in the released checkpoint of BitNet b1.58 2B4T."""
    assert load_workload("bitnet-2b4t").weights == 2_084_044_800


_LAYER = '[[layers]]\nname = "a"\ninputs = 3\noutputs = 4\n'


def test_a_file_of_ones_own(tmp_path: Path) -> None:
    """A path is read like a name; what may be left out is left out."""
    path = tmp_path / "mine.toml"
    path.write_text(_LAYER + "[[layers]]\nname = 'b'\ninputs = 9\noutputs = 2\ncount = 5\n")
    model = load_workload(str(path))
    assert (model.name, model.description, model.sizes) == ("mine", "", {})
    assert [layer.product(7) for layer in model.layers] == [(3, 4, 7), (9, 2, 7)]
    assert model.weights == 12 + 90
    assert model.limits(7) == ["workload.inputs=9", "workload.outputs=4", "workload.batch=7"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "there are no layers"),
        ("layers = 3", "there are no layers"),
        ("layers = [3]", r"layers\[0\] is not a table"),
        (_LAYER.replace("inputs = 3", "inputs = 0"), r"layers\[0\].inputs = 0 is not allowed"),
        (_LAYER.replace("outputs = 4", ""), r"layers\[0\].outputs is missing"),
        (_LAYER.replace('"a"', '""'), r"layers\[0\].name is empty"),
        (_LAYER + "size = 3", r"layers\[0\].size is unknown"),
        ("source = 'x'\n" + _LAYER, "source is unknown; did you mean 'sources'"),
        ("sources = 'x'\n" + _LAYER, "sources is not a list of texts"),
        ("description = 4\n" + _LAYER, "description is not one line of text"),
        ("model = 4\n" + _LAYER, "model is not a table"),
        ("[model]\nhidden = -1\n" + _LAYER, "model.hidden = -1 is not allowed"),
        ("x = = 4", "is not TOML"),
    ],
)
def test_bad_files_are_refused(text: str, sentence: str, tmp_path: Path) -> None:
    """What is wrong, and where."""
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(RequestError, match=sentence) as refusal:
        load_workload(str(path))
    assert "mine.toml" in str(refusal.value)


def test_what_is_not_there_is_refused(tmp_path: Path) -> None:
    """A name with the nearest one, a path."""
    with pytest.raises(RequestError, match="did you mean 'bitnet-2b4t'"):
        load_workload("bitnet-2b4")
    with pytest.raises(RequestError, match=r"the workload file .* is not there"):
        load_workload(str(tmp_path / "none.toml"))


@pytest.mark.parametrize(
    ("text", "product"),
    [("3,4", (3, 4, 9)), ("3, 4, 5", (3, 4, 5)), ("1,1048576", (1, 1 << 20, 9))],
)
def test_products(text: str, product: tuple[int, int, int]) -> None:
    """With a batch of their own or without."""
    assert parse_product(text, 9) == product


@pytest.mark.parametrize("text", ["3", "3,4,5,6", "3,x", "0,4", "3,-4", "3,4,0", "3,1048577"])
def test_bad_products_are_refused(text: str) -> None:
    """The sentence repeats the text."""
    with pytest.raises(RequestError, match="--workload "):
        parse_product(text, 1)
