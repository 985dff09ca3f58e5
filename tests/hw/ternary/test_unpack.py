"""Decoders of packed weights: every word, against the packers in numpy."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from amaranth.hdl import Elaboratable
from numpy.typing import NDArray

from hw.formats import Integer
from hw.ternary import PACKINGS, TernaryLut, Workload
from hw.ternary.choices import PackingName
from hw.ternary.keys import key_bits
from hw.ternary.unpack import (
    CodeWord,
    GroupKey,
    Tl2Key,
    Tl2Word,
    Trits5Key,
    Trits5Word,
    Unpack,
)
from sim.ternary.keys import pack_keys
from sim.ternary.packing import unpack_words
from tests.hw.in_place import simulator


def joined(codes: NDArray[np.integer], bits: int) -> int:
    """Codes side by side, the first one lowest."""
    return sum(int(code) << bits * i for i, code in enumerate(codes))


def outputs(circuit: Any, port: str, values: list[int], *results: str) -> list[tuple[int, ...]]:
    """What a combinational circuit gives for each value of an input."""
    patterns: list[tuple[int, ...]] = []

    async def testbench(ctx: Any) -> None:
        for value in values:
            ctx.set(getattr(circuit, port), value)
            await ctx.delay(1e-9)
            patterns.append(tuple(ctx.get(getattr(circuit, result)) for result in results))

    bench = simulator(circuit)
    bench.add_testbench(testbench)
    bench.run()
    return patterns


@pytest.mark.parametrize(
    ("decoder", "packing", "group", "result", "corrupt"),
    [
        (CodeWord, "codes", 1, "trits", 1),
        (Trits5Word, "trits5", 1, "trits", 13),
        (Trits5Key, "trits5", 5, "key", 13),
        (Tl2Word, "tl2", 1, "trits", 4),
        (Tl2Key, "tl2", 3, "key", 4),
    ],
)
def test_every_word(
    decoder: type[Elaboratable], packing: str, group: int, result: str, corrupt: int
) -> None:
    """All words, the corrupt ones too: keys of the weights, of zeros if corrupt; and the flag."""
    words = np.arange(1 << PACKINGS[packing].bits)
    weights, flags = unpack_words(words[None], packing, PACKINGS[packing].weights)
    assert flags.sum() == corrupt
    keys = pack_keys(weights, group)
    expected = [
        (joined(keys[:, word], key_bits(group)), int(flags[0, word])) for word in words.tolist()
    ]
    assert outputs(decoder(), "word", words.tolist(), result, "corrupt") == expected


@pytest.mark.parametrize("group", range(2, 8))
def test_every_group(group: int) -> None:
    """All groups of weights: trits to key."""
    weights = np.array(list(product((-1, 0, 1), repeat=group))).T
    trits, keys = pack_keys(weights, 1), pack_keys(weights, group)[0]
    values = [joined(trits[:, i], key_bits(1)) for i in range(3**group)]
    assert outputs(GroupKey(group), "trits", values, "key") == [(int(key),) for key in keys]


@pytest.mark.parametrize(
    ("packing", "group", "luts"),
    [
        ("codes", 1, 3),
        ("codes", 4, 2),
        ("trits5", 1, 3),
        ("trits5", 2, 3),
        pytest.param("trits5", 3, 4, marks=pytest.mark.long),
        pytest.param("trits5", 7, 1, marks=pytest.mark.long),
        ("trits5", 5, 2),
        ("tl2", 1, 4),
        ("tl2", 2, 2),
        ("tl2", 3, 2),
    ],
)
def test_columns_with_tails_and_corrupt_words(packing: str, group: int, luts: int) -> None:
    """Random words: the keys, whatever the padding holds, and a flag if any word is corrupt."""
    c = TernaryLut(
        group=group,
        luts=luts,
        columns=1,
        activation=Integer.parse("int4"),
        packing=PackingName(packing),
        workload=Workload(inputs=8, outputs=1),
    )
    assert c.words == -(-group * luts // PACKINGS[packing].weights)
    rng = np.random.default_rng(1)
    words = rng.integers(0, 1 << c.word_bits, (c.words, 100))
    weights, flags = unpack_words(words, packing, c.tile_inputs)
    keys = pack_keys(weights, group)
    values = [joined(column, c.word_bits) for column in words.T]
    expected = [
        (joined(keys[:, i], c.key_bits), int(flags[:, i].any())) for i in range(words.shape[1])
    ]
    assert 0 < sum(flag for _, flag in expected) < len(expected)
    assert outputs(Unpack(c), "words", values, "keys", "corrupt") == expected
