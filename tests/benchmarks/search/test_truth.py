"""What an exact search must answer, against the definition written out slowly, and what it must refuse."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.search.joining import Doubtful, TrianglePeer, ordered, planted_found, wanted_pairs
from benchmarks.search.truth import Wanted, all_agree, wanted_answers
from benchmarks.vector_population.rows import Rows
from biometrics.arrays import Ids, Values

BLOCKS = 2


def _rows(random: np.random.Generator, count: int) -> Rows:
    """Return rows of two blocks of four numbers, either of which may be missing."""
    vectors = random.standard_normal((count, 8)).astype(np.float32)
    masks = random.integers(1, 1 << BLOCKS, count).astype(np.uint16)
    for number in range(BLOCKS):
        vectors[masks >> number & 1 == 0, 4 * number : 4 * number + 4] = 0.0
    return Rows(vectors=vectors, masks=masks)


def _slow(enrolled: Rows, probe: Rows, limits: Values, k: int | None) -> tuple[Ids, Values]:
    """Return the answer to one probe: rows above their limit and the k best, in 64 bits."""
    scores = enrolled.vectors.astype(np.float64) @ probe.vectors[0].astype(np.float64)
    shared = enrolled.masks & probe.masks[0]
    comparable = np.flatnonzero(shared > 0)
    listed = set(comparable[scores[comparable] >= limits[shared[comparable]]].tolist())
    if k is not None:
        listed |= set(comparable[np.argsort(-scores[comparable])[:k]].tolist())
    rows = np.array(sorted(listed, key=lambda row: -scores[row]), dtype=np.int64)
    return rows, scores[rows].astype(np.float32)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 60), st.sampled_from([None, 1, 3, 100]))
def test_the_slow_answer_is_the_wanted_one(seed: int, count: int, k: int | None) -> None:
    random = np.random.default_rng(seed)
    enrolled, probe = _rows(random, count), _rows(random, 1)
    limits = random.normal(1.0, 1.0, 1 << BLOCKS).astype(np.float32)
    (wanted,) = wanted_answers(enrolled, probe, limits, k=k)
    assert wanted.agrees(*_slow(enrolled, probe, limits, k))


def _wanted() -> tuple[Wanted, Ids, Values]:
    random = np.random.default_rng(7)
    enrolled, probe = _rows(random, 200), _rows(random, 1)
    limits = np.full(1 << BLOCKS, 1.5, dtype=np.float32)
    (wanted,) = wanted_answers(enrolled, probe, limits, k=5)
    rows, scores = _slow(enrolled, probe, limits, 5)
    assert len(rows) > 6
    return wanted, rows, scores


def test_a_lost_row_is_noticed() -> None:
    wanted, rows, scores = _wanted()
    for lost in range(len(rows)):
        assert not wanted.agrees(np.delete(rows, lost), np.delete(scores, lost))


def test_a_row_too_many_is_noticed() -> None:
    wanted, rows, scores = _wanted()
    stranger = np.setdiff1d(np.arange(200), wanted.rows)[0]
    assert not wanted.agrees(np.append(rows, stranger), np.append(scores, np.float32(0.0)))


def test_a_row_given_twice_and_a_wrong_score_are_noticed() -> None:
    wanted, rows, scores = _wanted()
    assert not wanted.agrees(np.append(rows, rows[-1]), np.append(scores, scores[-1]))
    scores[2] += np.float32(1e-4)
    assert not wanted.agrees(rows, scores)


def test_what_lies_just_below_a_limit_may_be_given_or_not() -> None:
    wanted, rows, scores = _wanted()
    tied = replace(wanted, limits=np.where(wanted.rows == rows[-1], wanted.scores + 5e-7, wanted.limits))
    assert tied.agrees(rows, scores)
    assert tied.agrees(rows[:-1], scores[:-1])


def test_every_probe_has_an_answer() -> None:
    wanted, rows, scores = _wanted()
    assert all_agree([(rows, scores)], [wanted])
    assert not all_agree([], [wanted])
    assert not all_agree([(rows, scores), (rows[:-1], scores[:-1])], [wanted, wanted])


def _slow_pairs(rows: Rows, limits: Values) -> Ids:
    scores = rows.vectors.astype(np.float64) @ rows.vectors.astype(np.float64).T
    shared = rows.masks[:, None] & rows.masks[None]
    first, second = np.nonzero((shared > 0) & (scores >= limits[shared]))
    return np.stack((first, second), axis=1)[first < second]


@pytest.mark.parametrize("count", [0, 1, 5, 1_100])
def test_pairs_are_those_above_their_limits(count: int) -> None:
    rows = _rows(np.random.default_rng(count), count)
    limits = np.full(1 << BLOCKS, 6.0, dtype=np.float32)
    wanted, slow = wanted_pairs(rows, limits), _slow_pairs(rows, limits)
    assert wanted.agrees(slow)
    assert len(slow) > 3 or count < 1_000
    for lost in range(min(3, len(slow))):
        assert not wanted.agrees(np.delete(slow, lost, axis=0))
    assert not wanted.agrees(np.concatenate((slow, [[0, 0]])))
    if len(slow):
        assert not wanted.agrees(np.concatenate((slow, slow[:1])))


def test_pairs_at_their_limit_may_be_found_or_not() -> None:
    pairs = np.array([[0, 1], [2, 3]], dtype=np.int64)
    wanted = Doubtful(pairs=pairs, margins=np.array([0.1, -5e-7]))
    assert wanted.agrees(pairs)
    assert wanted.agrees(pairs[:1])
    assert not wanted.agrees(pairs[1:])


@pytest.mark.parametrize("count", [1, 700, 5_200])
def test_the_peer_compares_each_pair_once(count: int) -> None:
    random = np.random.default_rng(count)
    vectors = random.standard_normal((count, 8)).astype(np.float32)
    rows = Rows(vectors=vectors, masks=np.full(count, 1, dtype=np.uint16))
    limits = np.array([np.inf, 14.0], dtype=np.float32)
    peer = TrianglePeer(vectors, float(limits[1]))
    assert wanted_pairs(rows, limits).agrees(peer.pairs())


def test_planted_pairs_are_counted_either_way_round() -> None:
    found = np.array([[1, 2], [3, 9]], dtype=np.int64)
    assert planted_found(ordered(found), np.array([[2, 1], [9, 3], [4, 5]], dtype=np.int64)) == 2
