from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrollment.drafts.merge_patch import merged

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=10,
)


@pytest.mark.parametrize(
    ("target", "patch", "expected"),
    [
        ({"a": 1}, {"a": 2}, {"a": 2}),
        ({"a": 1}, {"b": 2}, {"a": 1, "b": 2}),
        ({"a": 1, "b": 2}, {"a": None}, {"b": 2}),
        ({"a": 1}, {"gone": None}, {"a": 1}),
        ({"a": [1, {"b": 2}]}, {"a": [3]}, {"a": [3]}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": None, "d": 3}}, {"a": {"c": 2, "d": 3}}),
        ({"a": "text"}, {"a": {"b": 1, "c": None}}, {"a": {"b": 1}}),
        ({"a": {"b": 1}}, {"a": "text"}, {"a": "text"}),
        ({"a": [1]}, {"a": {"b": {"c": None}}}, {"a": {"b": {}}}),
        ([1, 2], {"a": 1}, {"a": 1}),
        ({"a": 1}, [None], [None]),
        ({"a": 1}, None, None),
        ({"a": None}, {"b": 1}, {"a": None, "b": 1}),
        ({"a": {"b": 1}}, {}, {"a": {"b": 1}}),
    ],
)
def test_members_are_merged_and_nulls_remove(target: Any, patch: Any, expected: Any) -> None:
    assert merged(target, patch) == expected


@given(JSON, JSON)
def test_neither_is_changed_and_a_patch_applied_twice_does_no_more(target: Any, patch: Any) -> None:
    before = copy.deepcopy((target, patch))
    once = merged(target, patch)
    assert (target, patch) == before
    assert merged(once, patch) == once
