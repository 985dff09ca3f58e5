"""Configurations of the ternary cores: derived values by hand, and every refusal."""

from __future__ import annotations

import re
from dataclasses import FrozenInstanceError, replace
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hw.errors import RequestError
from hw.formats import Integer, Rounding
from hw.ternary import (
    TernaryConfiguration,
    TernaryLut,
    TernaryMultiplier,
    TernarySignflip,
    Workload,
)

KINDS = [TernaryLut, TernarySignflip, TernaryMultiplier]
WORKLOAD = Workload(inputs=100, outputs=20, batch=3, bias_limit=50)


def configure(
    kind: type[TernaryConfiguration] = TernaryLut, **changes: Any
) -> TernaryConfiguration:
    """A small core with some parameters changed."""
    parameters: dict[str, Any] = {
        "luts": 4,
        "columns": 8,
        "activation": "int8",
        "workload": WORKLOAD,
    }
    return kind(**parameters | changes)


def check_sentence(error: RequestError) -> None:
    """One line, one sentence."""
    assert "\n" not in str(error)
    assert not re.search(r"\.(\s|$)", str(error))


@pytest.mark.parametrize("table_register", [False, True])
@pytest.mark.parametrize("reduce_register", [False, True])
def test_each_register_is_a_cycle(table_register: bool, reduce_register: bool) -> None:
    """Both registers delay the activations, only the second the weights."""
    c = configure(table_register=table_register, reduce_register=reduce_register)
    assert c.latency == 1 + table_register + reduce_register
    assert c.weight_latency == 1 + reduce_register
    assert c.initiation_interval == 1


@pytest.mark.parametrize(
    ("kind", "group", "tile_inputs", "key_bits", "tiles"),
    [
        (TernaryLut, 1, 4, 2, 25),
        (TernaryLut, 2, 8, 4, 13),
        (TernaryLut, 3, 12, 5, 9),
        (TernaryLut, 5, 20, 8, 5),
        (TernarySignflip, 1, 4, 2, 25),
        (TernaryMultiplier, 1, 4, 2, 25),
    ],
)
def test_sizes_by_hand(
    kind: type[TernaryConfiguration], group: int, tile_inputs: int, key_bits: int, tiles: int
) -> None:
    """Four groups a tile, a hundred inputs, twenty outputs in blocks of eight."""
    c = configure(kind, group=group)
    assert (c.tile_inputs, c.key_bits) == (tile_inputs, key_bits)
    assert (c.tiles(100), c.blocks(20)) == (tiles, 3)


@pytest.mark.parametrize(("size", "parts"), [(1, 1), (8, 1), (9, 2), (16, 2), (17, 3)])
def test_last_part_is_padded(size: int, parts: int) -> None:
    """Tiles and blocks of eight: full ones exactly, anything over takes one more."""
    c = configure(group=2)
    assert c.tiles(size) == parts
    assert c.blocks(size) == parts


@pytest.mark.parametrize(
    ("sequencer", "registers", "products", "cycles"),
    [
        (False, False, [(100, 20, 3)], 81 + 1),
        (False, True, [(100, 20, 3)], 81 + 3),
        (True, False, [(100, 20, 3)], 1 + 81 + 1),
        (True, True, [(100, 20, 3)], 1 + 81 + 2),
        (False, True, [(100, 20, 3), (1, 1, 1)], 82 + 3),
        (True, True, [(100, 20, 3), (1, 1, 1)], 2 + 82 + 2),
    ],
)
def test_cycles_by_hand(
    sequencer: bool, registers: bool, products: list[tuple[int, int, int]], cycles: int
) -> None:
    """9 tiles of 12 inputs, 3 blocks of 8 outputs, 3 vectors: 81 tiles, and the way in and out."""
    c = configure(group=3, sequencer=sequencer, table_register=registers, reduce_register=registers)
    assert c.cycles(*products) == cycles


@pytest.mark.parametrize(
    ("activation", "bound", "bits"),
    [("int8", 12850, 15), ("uint8", 25550, 16), ("int2", 250, 9), ("uint16", 6553550, 24)],
)
def test_accumulator_by_hand(activation: str, bound: int, bits: int) -> None:
    """A hundred of the largest activation and a bias of fifty, and the bits that they take."""
    c = configure(activation=activation)
    assert (c.bound, c.accumulator_bits) == (bound, bits)


@settings(deadline=None, derandomize=True, max_examples=100)
@given(
    st.sampled_from(KINDS),
    st.integers(2, 16),
    st.booleans(),
    st.integers(1, 1 << 20),
    st.integers(0, 1 << 31),
)
def test_default_accumulator_is_exact(
    kind: type[TernaryConfiguration], bits: int, signed: bool, inputs: int, bias_limit: int
) -> None:
    """The bound fits in two's complement; with a bit less it would not, and that is refused."""
    workload = Workload(inputs=inputs, outputs=1, bias_limit=bias_limit)
    c = configure(kind, activation=Integer(bits, signed), workload=workload)
    needed = c.accumulator_bits
    assert c.bound <= 2 ** (needed - 1) - 1
    assert c.bound > 2 ** (needed - 2) - 1
    with pytest.raises(RequestError) as refusal:
        replace(c, accumulator_bits=needed - 1)
    check_sentence(refusal.value)
    for number in (f"accumulator_bits = {needed - 1} ", f"reach {c.bound},", f"{needed} to 64"):
        assert number in str(refusal.value)


@pytest.mark.parametrize("bits", [15, 16, 64])
def test_accumulator_may_be_wider(bits: int) -> None:
    """From what is needed up to 64 bits, the width asked for is the width there is."""
    assert configure(accumulator_bits=bits).accumulator_bits == bits


BAD = [
    *(("group", value, "from 1 to 7") for value in (0, 8, -1, True, "2", 2.0, None)),
    *(("luts", value, "from 1 to 1024") for value in (0, 1025, True, "4", 4.0)),
    *(("columns", value, "from 1 to 1024") for value in (0, 1025, False, "8", None)),
    *(("activation", value, "from 2 to 16") for value in ("int1", "uint17", "float", 8, None)),
    *(("accumulator_bits", value, "from 2 to 64") for value in (65, -1, 1, True, 16.0, "16")),
    ("accumulator_bits", 3, "15 to 64 bits"),
    *(("table_register", value, "true or false") for value in (1, 0, "yes", None)),
    ("reduce_register", 1, "true or false"),
    ("sequencer", "true", "true or false"),
    *(
        ("packing", value, "one of keys, codes, trits5, tl2, sparse34")
        for value in ("trits", "", 5, None)
    ),
]


@pytest.mark.parametrize(("parameter", "value", "allowed"), BAD)
def test_bad_values_are_refused(parameter: str, value: object, allowed: str) -> None:
    """The sentence names the parameter, repeats the value and says what is allowed."""
    with pytest.raises(RequestError) as refusal:
        configure(TernaryLut, **{parameter: value})
    check_sentence(refusal.value)
    assert parameter in str(refusal.value)
    assert repr(value) in str(refusal.value)
    assert allowed in str(refusal.value)


@pytest.mark.parametrize("rounding", Rounding)
def test_roundings_of_sums_are_symmetric(rounding: Rounding) -> None:
    """A table's sums are negated after they are rounded, which only a symmetric rounding allows."""
    changes = {"activation": "fp16", "style": "float", "sum_format": f"fp16+{rounding}"}
    if rounding in ("nearest_even", "nearest_away", "toward_zero"):
        assert configure(TernaryLut, **changes).arithmetic.addition.rounding is rounding
    else:
        with pytest.raises(
            RequestError, match=rf"sum_format = 'fp16\+{rounding}' .* rounds to near"
        ):
            configure(TernaryLut, **changes)


@pytest.mark.parametrize("kind", [TernarySignflip, TernaryMultiplier])
def test_baselines_have_no_groups(kind: type[TernaryConfiguration]) -> None:
    """A group of two is for the table core only."""
    with pytest.raises(RequestError, match=r"^group = 2 is not allowed: it must be 1$"):
        configure(kind, group=2)


@pytest.mark.parametrize(
    ("parameter", "value", "allowed"),
    [
        *(("inputs", value, "1 to 1048576") for value in (0, -5, 2**20 + 1, True, 4.0, "4", None)),
        *(("outputs", value, "1 to 1048576") for value in (0, 2**20 + 1)),
        *(("batch", value, "1 to 1048576") for value in (0, 2**20 + 1)),
        *(("bias_limit", value, "0 to 2147483648") for value in (-1, 2**31 + 1, 0.0)),
    ],
)
def test_bad_workloads_are_refused(parameter: str, value: object, allowed: str) -> None:
    """A workload's sentence names it as a design file does."""
    with pytest.raises(RequestError) as refusal:
        Workload(**{"inputs": 4, "outputs": 4, parameter: value})
    check_sentence(refusal.value)
    assert str(refusal.value).startswith(f"workload.{parameter} = {value!r} ")
    assert allowed in str(refusal.value)


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        (TernarySignflip, {"luts": 1024, "columns": 1024}),
        (TernaryMultiplier, {"luts": 1024, "columns": 64, "activation": "int16"}),
        (TernaryLut, {"luts": 1024, "columns": 1, "activation": "int16", "group": 7}),
        (TernarySignflip, {"luts": 1, "columns": 1024, "accumulator_bits": 64}),
        (
            TernaryLut,  # no bus alone is too wide, all inputs of the core together are
            {
                "luts": 512,
                "columns": 9,
                "activation": "int16",
                "group": 4,
                "accumulator_bits": 64,
            },
        ),
    ],
)
def test_more_ports_than_a_module_may_have_are_refused(
    kind: type[TernaryConfiguration], changes: dict[str, Any]
) -> None:
    """Amaranth numbers a module's input bits, and a cell's outputs, with 16 bits."""
    with pytest.raises(RequestError, match=r"luts = \d+ and columns = \d+ are too many") as refusal:
        configure(kind, **changes)
    check_sentence(refusal.value)


@pytest.mark.parametrize(
    ("kind", "group"), [(TernaryLut, 1), (TernaryLut, 3), (TernarySignflip, 1)]
)
def test_sparse_words_are_for_groups_of_four(kind: type[TernaryConfiguration], group: int) -> None:
    """The sentence names unit and group."""
    with pytest.raises(RequestError) as refusal:
        configure(kind, group=group, packing="sparse34")
    check_sentence(refusal.value)
    assert f"group = {group} of unit {kind.unit}" in str(refusal.value)


@pytest.mark.parametrize(
    ("packing", "group", "words", "bits", "reports"),
    [
        ("keys", 3, 4, 5, False),
        ("codes", 3, 12, 2, True),
        ("trits5", 3, 3, 8, True),  # 12 weights in 15
        ("tl2", 3, 4, 5, True),
        ("tl2", 2, 3, 5, True),  # 8 weights in 9
        ("sparse34", 4, 4, 5, False),
    ],
)
def test_words_of_a_column(packing: str, group: int, words: int, bits: int, reports: bool) -> None:
    """Four groups a column, the last word filled up; a flag where a word can be corrupt."""
    c = configure(group=group, packing=packing)
    assert (c.words, c.word_bits, c.reports_corrupt) == (words, bits, reports)
    assert configure(**c.parameters()) == c


def test_default_packing_is_not_written() -> None:
    """A design without a packing of its own reads as it did before there were any."""
    assert "packing" not in configure().parameters()
    assert configure(packing="keys") == configure()


def test_configuration_is_frozen() -> None:
    """What was checked stays."""
    c = configure()
    with pytest.raises(FrozenInstanceError):
        c.luts = 0  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize("kind", KINDS)
def test_parameters_make_the_same_configuration(kind: type[TernaryConfiguration]) -> None:
    """What a configuration writes to a design file reads back as itself, defaults resolved."""
    c = configure(kind, table_register=True)
    parameters = c.parameters()
    assert kind(**parameters, workload=WORKLOAD) == c
    assert (parameters["accumulator_bits"], parameters["activation"]) == (15, "int8")


@pytest.mark.parametrize("group", range(1, 8))
def test_keys_are_all_ternary_groups(group: int) -> None:
    """Every weight tuple has one key; codes are different, in order and fit."""
    c = configure(group=group)
    keys = list(c.keys())
    assert sorted(key.weights for key in keys) == sorted(product((-1, 0, 1), repeat=group))
    codes = [key.code for key in keys]
    assert codes == sorted(set(codes))
    assert codes[0] >= 0
    assert codes[-1] < 2**c.key_bits


@pytest.mark.parametrize("kind", KINDS)
def test_sign_bit_negates(kind: type[TernaryConfiguration]) -> None:
    """Two keys that differ in the top bit alone stand for opposite weights."""
    c = configure(kind)
    weights = {key.code: key.weights for key in c.keys()}
    negated = {code: weights[code] for code in weights if code >> c.key_bits - 1}
    assert negated
    for code, negative in negated.items():
        assert negative == tuple(-w for w in weights[code - 2 ** (c.key_bits - 1)])
