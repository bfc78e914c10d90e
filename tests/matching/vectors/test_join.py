"""A join lists the pairs that comparing everybody with everybody in full precision does, each once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biometrics.errors import GalleryError
from matching.vectors import tiles
from matching.vectors.join import Pairs, join
from matching.vectors.requests import Thresholds
from tests.matching.vectors.parts import TIE, Model, filled, layout_of, person

LAYOUT = layout_of(40, 70, weights=(2.0, 0.5))


@pytest.fixture(autouse=True)
def small_tiles(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(tiles, "BLOCK_BYTES", 40 * LAYOUT.width)
    monkeypatch.setattr(tiles, "TILE_PROBES", 7)
    monkeypatch.setattr(tiles, "READ_AT_ONCE", 5)
    yield


def crowd(seed: int, count: int, always: float = 0.03) -> Model:
    rng, model = np.random.default_rng(seed), Model(layout=LAYOUT)
    for owner in rng.permutation(count).tolist():
        mask = int(rng.integers(1, 4)) | (LAYOUT.always if rng.random() < always else 0)
        model.add(owner, person(LAYOUT, rng, mask), mask)
    return model


def compares(model: Model, a: int, b: int) -> bool:
    one, other = model.rows[a][1], model.rows[b][1]
    return bool(one & other & 3 or (one | other) & 4)


def check(model: Model, listed: Iterable[Pairs], wanted: set[frozenset[int]], thresholds: Thresholds) -> None:
    parts = list(listed)
    found = [frozenset(pair) for part in parts for pair in zip(part.left.tolist(), part.right.tolist(), strict=True)]
    scores = np.concatenate([part.scores for part in parts]) if parts else np.empty(0)
    assert len(set(found)) == len(found)
    must, may, compared = set(), set(), 0
    for pair in wanted:
        a, b = sorted(pair)
        if not compares(model, a, b):
            continue
        compared += 1
        score = model.score(a, model.rows[b][0])
        least = float(thresholds.by_shared[model.rows[a][1] & model.rows[b][1] & 3])
        always = bool((model.rows[a][1] | model.rows[b][1]) & 4)
        if always or score >= least + TIE or least == -np.inf:
            must.add(pair)
        if always or score >= least - TIE:
            may.add(pair)
    assert must <= set(found) <= may
    assert sum(part.compared for part in parts) == compared
    for pair, score in zip(found, scores, strict=True):
        a, b = sorted(pair)
        assert score == pytest.approx(model.score(a, model.rows[b][0]), abs=TIE, rel=TIE)


LEVELS = st.lists(st.sampled_from([-np.inf, -0.1, 0.0, 0.2, 0.5, np.inf]), min_size=4, max_size=4)


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(0, 120), LEVELS, st.sampled_from([1, 3]))
def test_a_triangle_holds_each_pair_once(seed: int, count: int, levels: list[float], threads: int) -> None:
    model, thresholds = crowd(seed, count), Thresholds(by_shared=np.array(levels, dtype=np.float32))
    rng = np.random.default_rng(seed)
    left = rng.permutation(count)[: int(rng.integers(0, count + 1))].astype(np.int64)
    wanted = {frozenset((int(a), int(b))) for a in left for b in left if a != b}
    check(model, join(filled(model).view(), left, None, thresholds, threads=threads), wanted, thresholds)


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(0, 100), LEVELS, st.sampled_from([1, 3]))
def test_two_sides_hold_each_pair_once_whoever_is_in_both(
    seed: int, count: int, levels: list[float], threads: int
) -> None:
    model, thresholds = crowd(seed, count), Thresholds(by_shared=np.array(levels, dtype=np.float32))
    rng = np.random.default_rng(seed)
    left, right = (rng.permutation(count)[: int(rng.integers(0, count + 1))].astype(np.int64) for _ in range(2))
    wanted = {frozenset((int(a), int(b))) for a in left for b in right if a != b}
    check(model, join(filled(model).view(), left, right, thresholds, threads=threads), wanted, thresholds)


def block_alone(model: Model, block: str) -> Model:
    """Return the persons as if they had one block, and nobody were listed always."""
    alone, mine, columns = Model(layout=LAYOUT), 1 << LAYOUT.names[block], LAYOUT.columns(block)
    for owner, (vector, mask, _) in model.rows.items():
        part = np.zeros_like(vector)
        part[columns] = vector[columns]
        alone.add(owner, part, mask & mine)
    return alone


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(0, 100), LEVELS, st.sampled_from(list(LAYOUT.names)), st.booleans())
def test_one_block_is_joined_as_if_there_were_no_others(
    seed: int, count: int, levels: list[float], block: str, sides: bool
) -> None:
    model, thresholds = crowd(seed, count), Thresholds(by_shared=np.array(levels, dtype=np.float32))
    left = np.arange(0, count, 2 if sides else 1)
    right = np.arange(0, count, 3) if sides else None
    wanted = {frozenset((int(a), int(b))) for a in left for b in (left if right is None else right) if a != b}
    listed = join(filled(model).view(), left, right, thresholds, block=block)
    check(block_alone(model, block), listed, wanted, thresholds)


def test_wrong_questions_are_refused_at_once() -> None:
    view, right = filled(crowd(1, 20)).view(), Thresholds.uniform(LAYOUT, 0.5)
    with pytest.raises(GalleryError, match="twice"):
        join(view, np.array([1, 1]), None, right)
    with pytest.raises(GalleryError, match="no row") as caught:
        join(view, np.array([1, 20]), None, right)
    assert caught.value.source == "owner 20"
    with pytest.raises(GalleryError, match="thresholds"):
        join(view, np.array([1]), None, Thresholds(by_shared=np.zeros(2, np.float32)))
    with pytest.raises(GalleryError, match="thread"):
        join(view, np.array([1]), None, right, threads=0)
    with pytest.raises(GalleryError, match="block"):
        join(view, np.array([1]), None, right, block="nose")


def test_a_view_is_joined_as_it_was() -> None:
    model = crowd(5, 60)
    table, thresholds = filled(model), Thresholds.uniform(LAYOUT, 0.1)
    view, left = table.view(), np.arange(60)
    wanted = {frozenset((a, b)) for a in range(60) for b in range(a)}
    table.retire(np.arange(10, 60), generation=2)
    table.append(
        owners=np.arange(10, 20),
        vectors=np.stack([person(LAYOUT, np.random.default_rng(9), 1)] * 10),
        masks=np.ones(10, np.uint16),
        generation=3,
    )
    check(model, join(view, left, None, thresholds), wanted, thresholds)
