"""Simulated persons as vectors: the same for the same seed, chunk by chunk, with mates where they were planted."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.vector_population import COMPLETE, NATIONAL, Mix, Population, plain_layout, population
from biometrics.errors import ConfigurationError
from matching.vectors.layout import Block, Layout

FINGERS = ("right_thumb", "right_index", "right_ring", "left_index")
PERSON = Layout(
    blocks=(
        Block(name="face", dimension=40, weight=2.0),
        *(Block(name=name, dimension=64, weight=0.5) for name in FINGERS),
    )
)
MIXED = Mix(six_fingers=0.5, no_face=0.2, no_finger=0.2, under_quality=0.2, unlisted=0.05)


def test_same_seed_same_persons() -> None:
    first, again, other = (population(PERSON, 300, seed, mix=MIXED).chunk(0) for seed in (1, 1, 2))
    assert np.array_equal(first.vectors, again.vectors)
    assert np.array_equal(first.masks, again.masks)
    assert not np.allclose(first.vectors, other.vectors)
    assert first.simulated


@settings(max_examples=20, deadline=None)
@given(persons=st.integers(0, 300), rows=st.integers(1, 130), more=st.integers(0, 80))
def test_chunks_can_be_made_alone(persons: int, rows: int, more: int) -> None:
    whole = population(PERSON, persons + more, 3, mix=MIXED)
    pieces = Population(layout=PERSON, persons=persons, seed=3, mix=MIXED, chunk_rows=rows)
    assert pieces.chunks == -(-persons // rows)
    made = [pieces.chunk(number) for number in reversed(range(pieces.chunks))][::-1]
    assert sum(len(piece) for piece in made) == persons
    if persons:
        everybody = whole.chunk(0)
        assert np.array_equal(np.concatenate([piece.vectors for piece in made]), everybody.vectors[:persons])
        assert np.array_equal(np.concatenate([piece.masks for piece in made]), everybody.masks[:persons])
        assert np.array_equal(np.concatenate([piece.persons for piece in made]), np.arange(persons))


@pytest.mark.parametrize("layout", [plain_layout(dimension) for dimension in (1, 2, 3, 64, 100, 512)] + [PERSON])
@pytest.mark.parametrize("mix", [COMPLETE, NATIONAL, MIXED, Mix(no_face=1.0, no_finger=1.0)])
def test_rows_fit_their_layout(layout: Layout, mix: Mix) -> None:
    rows = population(layout, 150, 4, mix=mix).chunk(0)
    layout.require(rows.vectors, rows.masks, source="simulated")
    there = (rows.masks[:, None] >> np.arange(len(layout.blocks))) & 1
    lengths = there @ np.array([block.weight for block in layout.blocks])
    assert np.einsum("ij,ij->i", rows.vectors, rows.vectors) == pytest.approx(lengths, abs=1e-4)
    assert (rows.masks[there.sum(axis=1) == 0] == layout.always).all()


def test_duplicates_are_alike_and_others_are_not() -> None:
    enrolled = Population(layout=plain_layout(128), persons=3_000, seed=5, duplicates=40, chunk_rows=700)
    vectors = np.concatenate([chunk.vectors for chunk in enrolled])
    later, earlier = enrolled.mates.T
    assert (later > earlier).all()
    assert len(np.unique(enrolled.mates)) == 80
    scores = vectors @ vectors.T
    mated = scores[later, earlier].copy()
    scores[later, earlier] = scores[earlier, later] = 0.0
    np.fill_diagonal(scores, 0.0)
    assert np.median(mated) > 0.5
    assert np.quantile(np.abs(scores), 0.999) < np.quantile(mated, 0.1)


def test_duplicates_leave_other_rows_as_they_are() -> None:
    plain, planted = (population(PERSON, 200, 6, mix=MIXED, duplicates=count) for count in (0, 9))
    others = np.setdiff1d(np.arange(200), planted.mates[:, 0])
    assert np.array_equal(plain.chunk(0).vectors[others], planted.chunk(0).vectors[others])
    assert not np.array_equal(plain.chunk(0).vectors, planted.chunk(0).vectors)


def test_probes_find_their_mates() -> None:
    enrolled = population(PERSON, 500, 7)
    wanted = np.array([499, 3, 3, 77], dtype=np.int64)
    first, again, later = (enrolled.probes(wanted, occasion=occasion) for occasion in (2, 2, 3))
    assert np.array_equal(first.vectors, again.vectors)
    assert not np.allclose(first.vectors, later.vectors)
    scores = first.vectors @ enrolled.chunk(0).vectors.T
    assert np.array_equal(scores.argmax(axis=1), wanted)
    strangers = enrolled.probes(enrolled.strangers(20))
    assert (strangers.vectors @ enrolled.chunk(0).vectors.T).max() < np.median(scores.max(axis=1))


def test_who_lacks_a_finger_lacks_it_on_every_occasion() -> None:
    enrolled = population(PERSON, 400, 8, mix=Mix(no_finger=0.3, no_face=0.3, six_fingers=0.5))
    masks = enrolled.chunk(0).masks
    assert np.array_equal(enrolled.probes(np.arange(400, dtype=np.int64)).masks, masks)
    assert ((masks >> PERSON.names["right_ring"]) & 1).mean() == pytest.approx(0.35, abs=0.08)
    assert ((masks >> PERSON.names["face"]) & 1).mean() == pytest.approx(0.7, abs=0.08)


def test_what_is_under_quality_passes() -> None:
    enrolled = population(PERSON, 400, 9, mix=Mix(under_quality=0.3))
    assert not np.array_equal(enrolled.probes(np.arange(400, dtype=np.int64)).masks, enrolled.chunk(0).masks)


def test_wrong_orders_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="duplicates"):
        population(PERSON, 10, 1, duplicates=6)
    with pytest.raises(ConfigurationError, match="persons"):
        population(PERSON, -1, 1)
    with pytest.raises(ConfigurationError, match="chunks"):
        Population(layout=PERSON, persons=10, seed=1, chunk_rows=0)
    with pytest.raises(ConfigurationError, match="no share"):
        Mix(no_face=float("nan"))
    enrolled = population(PERSON, 10, 1, duplicates=5)
    with pytest.raises(ConfigurationError, match="none of 1"):
        enrolled.chunk(1)
    with pytest.raises(ConfigurationError, match="occasion"):
        enrolled.probes(np.array([1], dtype=np.int64), occasion=1)
    with pytest.raises(ConfigurationError, match="occasion"):
        enrolled.probes(np.array([-1], dtype=np.int64))
    with pytest.raises(ConfigurationError, match="duplicate"):
        enrolled.probes(enrolled.mates[:1, 0])
