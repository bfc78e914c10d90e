"""A search answers as comparing everybody in full precision does, whatever the rows, masks, limits and filters are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biometrics.errors import GalleryError, IncompatibleTemplatesError
from matching.vectors.requests import Filter, Probes, Thresholds
from matching.vectors.search import search
from tests.matching.vectors.parts import Model, filled, layout_of, person, persons, probes_of

FILTERS = st.sampled_from([None, Filter(), Filter(all_of=1), Filter(none_of=2), Filter(all_of=1, none_of=2)])
LEVELS = st.sampled_from([-np.inf, -0.3, 0.0, 0.1, 0.3, 0.9, np.inf])
BESTS = st.sampled_from([None, 1, 2, 7, 50, 1_000])


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(1, 90), st.sampled_from([0.25, 1.0, 3.0])), min_size=1, max_size=5),
    st.integers(0, 150),
    st.integers(0, 2**32 - 1),
    st.sampled_from([0.0, 0.05]),
    BESTS,
    FILTERS,
    st.sampled_from([1, 2]),
    st.data(),
)
def test_it_answers_as_brute_force(  # noqa: PLR0917 - drawn
    blocks: list[tuple[int, float]],
    count: int,
    seed: int,
    always: float,
    k: int | None,
    only: Filter | None,
    threads: int,
    data: st.DataObject,
) -> None:
    rng = np.random.default_rng(seed)
    layout = layout_of(*(one[0] for one in blocks), weights=tuple(one[1] for one in blocks))
    masks = rng.integers(1, layout.shares, count) | np.where(rng.random(count) < always, layout.always, 0)
    model = Model(layout=layout)
    for owner, mask in enumerate(masks.tolist()):
        model.add(3 * owner, person(layout, rng, mask), mask, int(rng.integers(0, 4)))
    levels = data.draw(st.lists(LEVELS, min_size=layout.shares, max_size=layout.shares))
    thresholds = Thresholds(by_shared=np.array(levels, dtype=np.float32))
    asked = rng.integers(1, layout.shares, 4)
    probes = persons(layout, rng, asked)
    answers = search(
        filled(model).view(), probes_of(probes, asked.tolist()), thresholds=thresholds, k=k, only=only, threads=threads
    )
    assert len(answers) == 4
    for found, probe, mask in zip(answers, probes, asked.tolist(), strict=True):
        model.check(found, probe, mask, thresholds, k, only)
        assert found.generation == 1


LAYOUT = layout_of(100, 60)


def small() -> tuple[Model, np.random.Generator]:
    rng, model = np.random.default_rng(3), Model(layout=LAYOUT)
    for owner in range(100):
        mask = (1, 2, 3)[owner % 3]
        model.add(owner, person(LAYOUT, rng, mask), mask)
    return model, rng


def test_an_empty_table_answers_with_nobody() -> None:
    rng = np.random.default_rng(0)
    view = filled(Model(layout=LAYOUT)).view()
    (found,) = search(
        view, probes_of(persons(LAYOUT, rng, np.array([3])), [3]), thresholds=Thresholds.uniform(LAYOUT, -1.0), k=5
    )
    assert (found.owners.tolist(), found.size, found.compared) == ([], 0, 0)
    assert search(view, probes_of(np.zeros((0, 192), np.float32), []), thresholds=Thresholds.uniform(LAYOUT, 0)) == ()


def test_rows_that_share_nothing_are_not_compared() -> None:
    model, rng = small()
    view = filled(model).view()
    thresholds = Thresholds.uniform(LAYOUT, -np.inf)
    for mask, compared in ((1, 67), (2, 66), (3, 100)):
        (found,) = search(
            view, probes_of(persons(LAYOUT, rng, np.array([mask])), [mask]), thresholds=thresholds, k=1_000
        )
        assert (found.size, found.compared, len(found)) == (100, compared, compared)


@pytest.mark.parametrize("whose", ["row", "probe", "zero probe"])
def test_who_is_always_listed_is_listed_whatever_the_threshold(whose: str) -> None:
    model, rng = small()
    if whose == "row":
        model.add(500, np.zeros(LAYOUT.width, np.float32), LAYOUT.always)
        model.add(501, person(LAYOUT, rng, 2), 2 | LAYOUT.always)
    mask = {"row": 1, "probe": 1 | LAYOUT.always, "zero probe": LAYOUT.always}[whose]
    probe = np.zeros(LAYOUT.width, np.float32) if whose == "zero probe" else person(LAYOUT, rng, 1)
    thresholds = Thresholds.uniform(LAYOUT, np.inf)
    (found,) = search(filled(model).view(), probes_of(probe[np.newaxis], [mask]), thresholds=thresholds)
    assert sorted(found.owners.tolist()) == ([500, 501] if whose == "row" else list(range(100)))
    model.check(found, probe, mask, thresholds, None, None)


def probe_with(column: int, value: float) -> Probes:
    vectors = person(LAYOUT, np.random.default_rng(1), 3)[np.newaxis].copy()
    vectors[0, column] = value
    return probes_of(vectors, [3])


@pytest.mark.parametrize(("column", "value"), [(0, np.nan), (0, np.inf), (99, -np.inf), (130, 2.0)])
def test_probes_that_could_hide_a_person_are_refused(column: int, value: float) -> None:
    with pytest.raises(GalleryError) as caught:
        search(filled(small()[0]).view(), probe_with(column, value), thresholds=Thresholds.uniform(LAYOUT, 0.5))
    assert caught.value.source == "probes"


def test_other_wrong_questions_are_refused() -> None:
    view, probe = filled(small()[0]).view(), person(LAYOUT, np.random.default_rng(1), 3)[np.newaxis]
    right = Thresholds.uniform(LAYOUT, 0.5)
    with pytest.raises(IncompatibleTemplatesError):
        search(view, probes_of(probe[:, :128], [3]), thresholds=right)
    with pytest.raises(GalleryError, match="lacks"):
        search(view, probes_of(0 * probe, [3]), thresholds=right)
    with pytest.raises(GalleryError, match="thresholds"):
        search(view, probes_of(probe, [3]), thresholds=Thresholds(by_shared=np.zeros(2, np.float32)))
    for k, threads in ((0, 1), (-1, 1), (None, 0)):
        with pytest.raises(GalleryError, match="at least one"):
            search(view, probes_of(probe, [3]), thresholds=right, k=k, threads=threads)
    with pytest.raises(GalleryError, match="no number"):
        Thresholds.uniform(LAYOUT, np.nan)
    for all_of, none_of in ((1, 1), (-1, 0), (0, 1 << 64)):
        with pytest.raises(GalleryError):
            Filter(all_of=all_of, none_of=none_of)
