"""A gallery that lists by vectors before it compares answers about whom it lists as one that compares everybody."""

from __future__ import annotations

import dataclasses
import math
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from biometrics.errors import ConfigurationError, GalleryError, StorageError
from biometrics.positions import Modality, Position
from biometrics.scores import CandidateList
from biometrics.templates import Template
from matching import references
from matching.attributes import Only
from matching.face_store import FaceMatcher
from matching.gallery import Gallery
from matching.stores import Matcher
from matching.vectors.table import VectorTable
from tests.matching.described import TOY_LAYOUT, ToyDescriber, described_gallery
from tests.matching.parts import CALIBRATIONS, ToyMatcher, ToySource, face, finger, probe, toy_gallery
from tests.matching.test_gallery_beside_writers import INDEX, UNKNOWN, WHOLE, expected_at, random_source
from tests.matching.test_gallery_exact import Script, people, registry_after, steps

THUMB = Position.RIGHT_THUMB

LEAST = st.sampled_from([-math.inf, -1.0, 0.0, 0.7, 1.5, math.inf])


def both(source: ToySource, describer: ToyDescriber | None = None) -> tuple[Gallery, Gallery]:
    """Return galleries that compare whom vectors list, and everybody."""
    listing, everybody = described_gallery(describer), toy_gallery()
    with patch.object(references, "FEWEST_TO_COMPACT", 2):
        for gallery in (listing, everybody):
            for change in source.changes:
                gallery.apply(change)
    return listing, everybody


@settings(max_examples=60)
@given(steps, people)
def test_where_everybody_is_listed_nothing_differs(script: Script, templates: list[Template]) -> None:
    listing, everybody = both(registry_after(script))
    assert listing.search(probe(*templates)) == everybody.search(probe(*templates))
    for subject_id in everybody.subjects():
        assert listing.search_subject(subject_id) == everybody.search_subject(subject_id)
        later = everybody.search_subject(subject_id, only_later=True)
        assert listing.search_subject(subject_id, only_later=True) == later
    order = everybody.subjects()
    assert listing.pairs(order, largest_fmr=1.0) == everybody.pairs(order, largest_fmr=1.0)
    sides = (order[: 2 * len(order) // 3], order[len(order) // 3 :])
    assert listing.pairs(*sides, largest_fmr=1.0) == everybody.pairs(*sides, largest_fmr=1.0)


@settings(max_examples=60)
@given(steps, people, LEAST)
def test_whom_the_vectors_list_is_compared_and_nobody_else(
    script: Script, templates: list[Template], least: float
) -> None:
    source, describer = registry_after(script), ToyDescriber(least=least)
    listing, everybody = both(source, describer)
    whole, found = everybody.search(probe(*templates)), listing.search(probe(*templates))
    listed = listed_by_hand(everybody, describer, templates)
    assert found == dataclasses.replace(
        whole, candidates=tuple(one for one in whole.candidates if one.subject_id in listed)
    )
    assert listing.search_many([probe(*templates), probe(*WHOLE)])[0] == found


def listed_by_hand(gallery: Gallery, describer: ToyDescriber, templates: list[Template]) -> set[str]:
    """Return whom the vectors list: who scores enough, or who cannot be described well enough."""
    state = gallery._state
    ((vector,), (mask,)) = describer.describe([gallery._preparer.probe_parts(probe(*templates), state.formats)])
    listed = set()
    for subject_id in gallery.subjects():
        person = state.find(subject_id)
        assert person is not None
        ((other,), (held,)) = describer.describe([state.parts_of(person)])
        score = float(vector.astype(np.float64) @ other.astype(np.float64))
        shared = int(mask) & int(held) & (TOY_LAYOUT.always - 1)
        if (mask | held) & TOY_LAYOUT.always or (shared and score >= describer.least):
            listed.add(subject_id)
    return listed


@settings(max_examples=40)
@given(steps, steps, people, LEAST)
def test_a_restored_gallery_lists_as_before(
    first: Script, second: Script, templates: list[Template], least: float
) -> None:
    source, describer = registry_after([*first, *second]), ToyDescriber(least=least)
    gallery = described_gallery(describer)
    for change in source.changes[: len(first)]:
        gallery.apply(change)
    header, arrays = gallery.export()
    other = Gallery.restore(
        header,
        {name: read_only(array) for name, array in arrays},
        calibrations=CALIBRATIONS,
        matchers={Modality.FINGER: ToyMatcher(), Modality.FACE: FaceMatcher(chunk_rows=3)},
        described=describer,
    )
    for change in source.changes[gallery.generation :]:
        gallery.apply(change)
        other.apply(change)
    assert other.search(probe(*templates)) == gallery.search(probe(*templates))
    assert other.fingerprint == gallery.fingerprint


def read_only(array: NDArray[Any]) -> NDArray[Any]:
    copied = array.copy()
    copied.flags.writeable = False
    return copied


def test_a_gallery_described_otherwise_is_not_restored() -> None:
    gallery = described_gallery()
    gallery.apply(ToySource().add("anna", finger(INDEX, 5.0)))
    header, exported = gallery.export()
    arrays = dict(exported)

    def restore(describer: ToyDescriber | None, without: str = "") -> Gallery:
        kept = {name: array for name, array in arrays.items() if name != without}
        matchers: dict[Modality, Matcher[Any]] = {Modality.FINGER: ToyMatcher(), Modality.FACE: FaceMatcher()}
        return Gallery.restore(header, kept, calibrations=CALIBRATIONS, matchers=matchers, described=describer)

    assert restore(ToyDescriber()).size == 1
    for wrong in (ToyDescriber(scheme="toy/2"), None):
        with pytest.raises(GalleryError, match="not described as"):
            restore(wrong)
    with pytest.raises(GalleryError):
        restore(ToyDescriber(), without="vectors.0.rows")


def test_small_galleries_and_probes_that_cannot_be_described_are_compared_with_everybody() -> None:
    source = random_source(31, 40)
    listing, everybody = both(source, ToyDescriber(least=math.inf, least_gallery=100))
    assert listing.search(probe(*WHOLE)) == everybody.search(probe(*WHOLE))
    listing, everybody = both(source, ToyDescriber(least=math.inf))
    unknown = probe(finger(UNKNOWN, 5.0))
    assert listing.search(unknown) == everybody.search(unknown)
    assert listing.search(probe(*WHOLE)) != everybody.search(probe(*WHOLE))


def test_who_is_on_the_left_or_earlier_on_it_is_the_probe() -> None:
    """Scores are named by the position of the probe, which tells who it was."""
    source = ToySource()
    source.add("anna", finger(INDEX, 5.0))
    source.add("ben", finger(UNKNOWN, 5.0))
    for gallery in both(source):
        for left, right, position in (
            (["anna", "ben"], None, INDEX),
            (["ben", "anna"], None, UNKNOWN),
            (["anna"], ["ben"], INDEX),
            (["ben"], ["anna"], UNKNOWN),
            (["ben", "anna"], ["anna", "ben"], UNKNOWN),
            (["anna", "ben"], ["ben"], INDEX),
        ):
            (pair,) = gallery.pairs(left, right, largest_fmr=1.0).pairs
            assert set(pair.scores) == {position}, (left, right)


def test_own_face_with_the_fingers_of_somebody_else_is_a_pair_to_compare() -> None:
    """The fingers outweigh the face in the sum of all blocks; the face alone is listed."""
    source = ToySource()
    for name, x, y in (("anna", 0.0, 1.0), ("ben", 314.0, 1.0), ("chaka", 0.0, -1.0)):
        source.add(name, finger(INDEX, x), finger(THUMB, x), face(1.0, y, 0.0, 0.0))
    listing, everybody = both(source, ToyDescriber(least=0.9))
    state = listing._state
    assert state.table is not None
    anna, ben = state.table.vectors(np.array([0, 1]))
    assert float(anna @ ben) < 0.0
    expected = {(pair.a, pair.b): pair for pair in everybody.pairs(["anna", "ben", "chaka"], largest_fmr=1.0).pairs}
    for left, right in ((["anna", "ben", "chaka"], None), (["ben", "anna"], ["anna", "chaka"])):
        found = {(pair.a, pair.b): pair for pair in listing.pairs(left, right, largest_fmr=1.0).pairs}
        assert set(found) == {("anna", "ben"), ("anna", "chaka")}
    assert found[("anna", "chaka")].fmr == expected[("anna", "chaka")].fmr


def test_a_search_of_some_counts_them_alone() -> None:
    listing, everybody = described_gallery(), toy_gallery()
    source = ToySource()
    for number in range(6):
        change = source.add(f"p{number}", finger(INDEX, 5.0 + number), face(1, number, 0, 0))
        attributes = frozenset({"simulated"} if number % 2 else ()) | frozenset({"minor"} if number > 3 else ())
        source.changes[-1] = dataclasses.replace(change, attributes=attributes)
    source.retire(source.changes[1])
    for gallery in (listing, everybody):
        for change in source.changes:
            gallery.apply(change)
        for only, names in (
            (Only(), "02345"),
            (Only(all_of=frozenset({"simulated"})), "35"),
            (Only(none_of=frozenset({"simulated"})), "024"),
            (Only(all_of=frozenset({"minor"}), none_of=frozenset({"simulated"})), "4"),
            (Only(all_of=frozenset({"never heard of"})), ""),
            (Only(none_of=frozenset({"never heard of"})), "02345"),
        ):
            found = gallery.search(probe(*WHOLE), only=only)
            assert sorted(one.subject_id for one in found.candidates) == [f"p{number}" for number in names]
            assert (found.gallery_size, found.compared) == (len(names), len(names))


def test_a_person_has_the_attributes_of_every_reference() -> None:
    gallery, source = described_gallery(), ToySource()
    first = dataclasses.replace(source.add("anna", finger(INDEX, 5.0)), attributes=frozenset({"simulated"}))
    source.changes[0] = first
    source.add("anna", face(1, 0, 0, 0))
    moved = source.move(source.changes[1], "ben")
    sims = Only(all_of=frozenset({"simulated"}))

    def simulated() -> set[str]:
        return {one.subject_id for one in gallery.search(probe(*WHOLE), only=sims).candidates}

    for change in source.changes[:2]:
        gallery.apply(change)
    assert simulated() == {"anna"}
    gallery.apply(moved)
    assert simulated() == {"anna"}
    gallery.apply(dataclasses.replace(source.retire(first), attributes=frozenset({"simulated"})))
    assert simulated() == set()


def test_more_attributes_than_a_gallery_holds_are_refused() -> None:
    gallery, source = toy_gallery(), ToySource()
    change = source.add("anna", finger(INDEX, 5.0))
    with pytest.raises(GalleryError, match="16 attributes"):
        gallery.apply(dataclasses.replace(change, attributes=frozenset(str(number) for number in range(17))))
    gallery.apply(dataclasses.replace(change, attributes=frozenset(str(number) for number in range(16))))


def test_a_change_whose_vectors_cannot_be_kept_leaves_nothing_behind() -> None:
    source, gallery = random_source(5, 30), described_gallery()
    for change in source.changes[:20]:
        gallery.apply(change)
    before = gallery.search(probe(*WHOLE)), gallery.stats(), gallery.fingerprint

    def full(*_: object, **__: object) -> None:
        raise StorageError("No space left on device")

    with patch.object(VectorTable, "append", full), pytest.raises(StorageError):
        gallery.apply(source.changes[20])
    assert (gallery.search(probe(*WHOLE)), gallery.stats(), gallery.fingerprint) == before
    for change in source.changes[20:]:
        gallery.apply(change)
    gallery.check(source)
    expected = toy_gallery()
    expected.follow(source)
    assert gallery.search(probe(*WHOLE)) == expected.search(probe(*WHOLE))


def test_prints_faces_and_vectors_lie_in_a_folder_without_a_name(tmp_path: Path) -> None:
    matchers: dict[Modality, Matcher[Any]] = {Modality.FINGER: ToyMatcher(), Modality.FACE: FaceMatcher(chunk_rows=3)}
    source, everybody = random_source(6, 40), toy_gallery()
    gallery = Gallery(calibrations=CALIBRATIONS, matchers=matchers, described=ToyDescriber(), folder=tmp_path)
    for change in source.changes:
        gallery.apply(change)
        everybody.apply(change)
    assert gallery.search(probe(*WHOLE)) == everybody.search(probe(*WHOLE))
    assert list(tmp_path.iterdir()) == []
    missing = Gallery(calibrations=CALIBRATIONS, matchers=matchers, folder=tmp_path / "missing")
    with pytest.raises(StorageError, match="No such file"):
        missing.apply(ToySource().add("anna", face(1, 0, 0, 0)))
    assert missing.size == missing.generation == 0


def test_a_wrong_limit_is_refused_for_many_as_for_one() -> None:
    with pytest.raises(ConfigurationError, match="at least one"):
        described_gallery().search_many([probe(*WHOLE)], limit=0)
    assert described_gallery().search_many([]) == ()


@pytest.mark.parametrize("seed", [8])
def test_answers_beside_a_writer_are_those_of_their_generation(seed: int) -> None:
    source, answers = random_source(seed, 120), list[CandidateList]()
    gallery, done, failures = described_gallery(), threading.Event(), list[BaseException]()

    def repeat(step: Callable[[], None]) -> None:
        try:
            while not done.is_set():
                step()
        except BaseException as error:  # noqa: BLE001 - told by the test below
            failures.append(error)

    def searched() -> None:
        answers.extend(gallery.search_many([probe(*WHOLE), probe(*WHOLE)]))

    def paired() -> None:
        subjects, generation = gallery.membership()
        gallery.pairs(subjects, largest_fmr=1.0, as_of=generation)

    threads = [threading.Thread(target=repeat, args=(step,)) for step in (searched, paired)]
    for thread in threads:
        thread.start()
    with patch.object(references, "FEWEST_TO_COMPACT", 8):
        for change in source.changes:
            gallery.apply(change)
    done.set()
    for thread in threads:
        thread.join(60)
    assert failures == []
    at = expected_at(source)
    for answer in answers:
        rates, size = at(answer.generation)
        assert (answer.gallery_size, answer.compared) == (size, len(rates))
        assert {one.subject_id: one.fmr.value for one in answer.candidates} == pytest.approx(rates, rel=1e-4)
