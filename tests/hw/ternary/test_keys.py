"""Weight keys: the symmetric base-3 code against arithmetic that does not use it."""

from __future__ import annotations

import pytest

from hw.ternary.keys import index_bits, key_bits, middle, weights_of_index

#: group, bits of a key, table entries (arXiv 2604.25183)
PUBLISHED = [
    (1, 2, 1),
    (2, 4, 4),
    (3, 5, 13),
    (4, 7, 40),
    (5, 8, 121),
    (6, 10, 364),
    (7, 12, 1093),
]


@pytest.mark.parametrize(("group", "bits", "entries"), PUBLISHED)
def test_sizes_are_the_published_ones(group: int, bits: int, entries: int) -> None:
    """Key width and number of entries."""
    assert (key_bits(group), middle(group)) == (bits, entries)


@pytest.mark.parametrize(("group", "bits", "entries"), PUBLISHED)
def test_index_is_narrowest(group: int, bits: int, entries: int) -> None:
    """The index field holds the zero group's index and would not with a bit less."""
    assert index_bits(group) == bits - 1
    assert 2 ** (bits - 2) <= entries < 2 ** (bits - 1)


@pytest.mark.parametrize("group", range(1, 8))
def test_index_is_the_number_that_the_weights_write(group: int) -> None:
    """In base 3, first weight first and 1 - weight as digit, the weights write the index."""
    written = ["".join(str(1 - w) for w in weights) for weights in weights_of_index(group)]
    assert [int(digits, 3) for digits in written] == list(range(middle(group) + 1))


@pytest.mark.parametrize("group", range(1, 8))
def test_first_nonzero_weight_is_plus_one(group: int) -> None:
    """Below the middle every group starts with +1; the middle is the group of zeros."""
    *groups, zeros = weights_of_index(group)
    assert {next(w for w in weights if w) for weights in groups} == {1}
    assert zeros == (0,) * group


@pytest.mark.parametrize("group", range(1, 8))
def test_indices_and_their_negatives_are_all_groups(group: int) -> None:
    """With the sign, every ternary group has exactly one index."""
    *groups, zeros = weights_of_index(group)
    both = {weights for key in groups for weights in (key, tuple(-w for w in key))}
    assert len(both | {zeros}) == 3**group == 2 * len(groups) + 1
