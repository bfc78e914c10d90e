from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from matching.pairing import EvidenceTable, best_pairing, count_pairings, same_finger_groups

tables = st.tuples(st.integers(1, 5), st.integers(1, 5)).flatmap(
    lambda shape: arrays(np.float64, shape, elements=st.floats(0.0, 25.0))
)


def best_total(evidence: EvidenceTable) -> float:
    shorter, longer = sorted(evidence.shape)
    table = evidence if evidence.shape[0] == shorter else evidence.T
    return max(
        sum(float(table[row, column]) for row, column in enumerate(order))
        for order in itertools.permutations(range(longer), shorter)
    )


@given(tables)
def test_no_other_pairing_has_more_evidence(evidence: EvidenceTable) -> None:
    pairs = best_pairing(evidence)
    assert len({row for row, _ in pairs}) == len({column for _, column in pairs}) == len(pairs) == min(evidence.shape)
    assert sum(evidence[pair] for pair in pairs) == pytest.approx(best_total(evidence))


def test_a_greedy_choice_is_not_taken() -> None:
    assert best_pairing(np.array([[10.0, 9.0], [9.0, 0.0]])) == [(0, 1), (1, 0)]


@settings(max_examples=60)
@given(st.integers(0, 2), st.integers(0, 2), st.integers(0, 2), st.integers(0, 2), st.integers(0, 2))
def test_pairings_are_never_undercounted(a: int, n: int, b: int, m: int, shared: int) -> None:
    """Count the pairings that leave no comparable pair over, finger by finger."""
    probe = [("?", i) for i in range(a)] + [("named", i) for i in range(n)]
    reference = [("?", i) for i in range(b)] + [("named", i + max(0, n - shared)) for i in range(m)]
    edges = [(p, r) for p in probe for r in reference if "?" in (p[0], r[0]) or p == r]
    matchings = {
        frozenset(chosen)
        for size in range(min(len(probe), len(reference)) + 1)
        for chosen in itertools.combinations(edges, size)
        if len({p for p, _ in chosen}) == len({r for _, r in chosen}) == size
        and not any(all(p != q and r != s for q, s in chosen) for p, r in edges)
    }
    bound = count_pairings(unknown_probe=a, named_probe=n, unknown_reference=b, named_reference=m)
    assert 1 <= len(matchings) <= bound


@pytest.mark.parametrize(
    ("counts", "ways"),
    [
        ((0, 10, 0, 10), 1),
        ((1, 0, 1, 0), 1),
        ((1, 0, 0, 10), 10),
        ((0, 1, 10, 0), 10),
        ((10, 0, 10, 0), math.factorial(10)),
        ((1, 10, 0, 10), 11),
        ((5, 0, 0, 1), 5),
    ],
)
def test_pairings_of_usual_captures(counts: tuple[int, int, int, int], ways: int) -> None:
    a, n, b, m = counts
    assert count_pairings(unknown_probe=a, named_probe=n, unknown_reference=b, named_reference=m) == ways


def test_prints_that_match_each_other_are_one_finger() -> None:
    assert same_finger_groups(3, set()) == [0, 1, 2]
    assert same_finger_groups(4, {(1, 3)}) == [0, 1, 2, 1]
    assert same_finger_groups(4, {(2, 3), (0, 1), (1, 2)}) == [0, 0, 0, 0]
