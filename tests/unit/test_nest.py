"""Nests: arrays in lists and tuples inside each other."""

from typing import NamedTuple

import numpy as np
import pytest

from lessons_lib.nest import copy, leaves, nest_map


class Pair(NamedTuple):
    weight: object
    bias: object


def test_one_array_is_a_nest():
    np.testing.assert_array_equal(nest_map(np.negative, np.array([1.0, -2.0])), [-1, 2])


def test_lists_tuples_and_named_tuples_stay_what_they_are():
    nest = [1.0, (2.0, [3.0]), Pair(4.0, 5.0)]
    assert nest_map(lambda x: 10 * x, nest) == [10.0, (20.0, [30.0]), Pair(40.0, 50.0)]
    assert type(nest_map(abs, nest)[2]) is Pair


def test_arrays_meet_those_at_their_place():
    assert nest_map(lambda a, b, c: a + 10 * b + 100 * c, [1, (2, 3)], [4, (5, 6)], [7, (8, 9)]) == [741, (852, 963)]


def test_leaves_come_in_order():
    assert leaves([1, (2, [3, Pair(4, 5)]), 6]) == [1, 2, 3, 4, 5, 6]


def test_one_array_is_its_own_leaf():
    array = np.ones((2, 3))
    assert leaves(array)[0] is array


def test_copy_shares_no_memory():
    nest = [np.ones(2), (np.zeros(3),)]
    twin = copy(nest)
    assert not any(np.shares_memory(a, b) for a, b in zip(leaves(nest), leaves(twin), strict=True))
    np.testing.assert_array_equal(twin[0], nest[0])


@pytest.mark.parametrize(
    ("params", "grads", "got"),
    [
        ([1.0, 2.0], [1.0], "2 parts and 1 parts"),
        ([1.0, 2.0], np.ones(2), "2 parts and an array"),
        (np.ones(2), [np.ones(2), np.ones(3)], "an array and 2 parts"),
        ([1.0, (2.0, 3.0)], [1.0, (2.0, 3.0, 4.0)], "2 parts and 3 parts"),
    ],
)
def test_other_structure_is_refused(params, grads, got):
    with pytest.raises(ValueError, match=f"params and grads must have the same structure, got {got}"):
        nest_map(lambda w, g: w, params, grads)
