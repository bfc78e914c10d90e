"""The gallery against brute force: random registries with retirements, moves, unequal fingers and unknown prints."""

from __future__ import annotations

from typing import TypeAlias
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biometrics.positions import Position
from biometrics.protocols import ReferenceChange
from biometrics.scores import CandidateList
from biometrics.templates import Template
from matching import references
from tests.matching.brute_force import person_rates
from tests.matching.parts import ToySource, face, finger, probe, toy_gallery

POSITIONS = [Position.UNKNOWN, Position.UNKNOWN, Position.RIGHT_INDEX, Position.LEFT_INDEX]

coordinates = st.sampled_from([5.0, 6.0, 20.0, 28.0, 60.0])
prints = st.builds(finger, st.sampled_from(POSITIONS), coordinates, coordinates)
components = st.sampled_from([-1.0, 0.0, 0.9, 1.0])
norms = st.sampled_from([4.0, 9.0, 12.0])
faces = st.builds(lambda x, y, z, norm: face(x, y, z, 1.0, raw_norm=norm), components, components, components, norms)
people = st.lists(st.one_of(prints, prints, faces, faces), min_size=1, max_size=4)
names = st.sampled_from(["anna", "bakary", "chaka", "djeneba", "fanta"])
encounters = st.tuples(names, people)
# Each number picks an encounter to retire, or with a name to move there, if it is still there.
moves = st.tuples(names, st.integers(0, 7))
steps = st.lists(st.one_of(encounters, encounters, moves, st.integers(0, 7)), min_size=1, max_size=10)
Script: TypeAlias = list[tuple[str, list[Template] | int] | int]


def registry_after(script: Script) -> ToySource:
    source, standing = ToySource(), list[ReferenceChange]()
    for step in script:
        if isinstance(step, int):
            if step < len(standing):
                source.retire(standing.pop(step))
        elif not isinstance(step[1], int):
            standing.append(source.add(step[0], *step[1]))
        elif step[1] < len(standing):
            standing[step[1]] = source.move(standing[step[1]], step[0])
    return source


def assert_equal(found: CandidateList, expected: dict[str, float]) -> None:
    assert {candidate.subject_id: candidate.fmr.value for candidate in found.candidates} == pytest.approx(
        expected, rel=1e-4
    )
    assert found.compared == len(expected)


@settings(max_examples=150)
@given(steps, people)
def test_a_search_answers_what_brute_force_does(script: Script, templates: list[Template]) -> None:
    source = registry_after(script)
    gallery = toy_gallery()
    with patch.object(references, "FEWEST_TO_COMPACT", 1):
        assert gallery.follow(source) == gallery.generation == len(source.changes)
    gallery.check(source)
    found = gallery.search(probe(*templates))
    assert found.complete
    assert found.gallery_size == gallery.size == source.active_subjects()
    assert_equal(found, person_rates(templates, source.active()))


@settings(max_examples=60)
@given(steps, steps, people)
def test_a_refreshed_search_is_a_search_of_everybody(
    first: Script,
    second: Script,
    templates: list[Template],
) -> None:
    source = registry_after([*first, *second])
    gallery = toy_gallery()
    for change in source.changes[: len(first)]:
        gallery.apply(change)
    earlier = gallery.search(probe(*templates))
    gallery.follow(source)
    refreshed = gallery.refresh(earlier, probe(*templates))
    assert_equal(refreshed, person_rates(templates, source.active()))
    assert refreshed == gallery.search(probe(*templates))


@settings(max_examples=60)
@given(steps, people)
def test_verification_is_the_search_of_one(script: Script, templates: list[Template]) -> None:
    source = registry_after(script)
    gallery = toy_gallery()
    gallery.follow(source)
    expected = person_rates(templates, source.active())
    for subject_id in gallery.subjects():
        found = gallery.verify(probe(*templates), subject_id)
        assert ({subject_id: found.fmr.value} if found else {}) == pytest.approx(
            {subject_id: expected[subject_id]} if subject_id in expected else {}, rel=1e-4
        )


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 6, 7])
def test_each_row_is_found_around_chunk_borders(count: int) -> None:
    source = ToySource()
    for number in range(count):
        source.add(f"p{number}", finger(Position.RIGHT_THUMB, 100.0 * number), face(1.0, number, 0.0, 0.0))
    gallery = toy_gallery(chunk_rows=3)
    gallery.follow(source)
    for number in range(count):
        whole = probe(finger(Position.RIGHT_THUMB, 100.0 * number), face(1.0, number, 0.0, 0.0))
        found = gallery.search(whole)
        assert found.candidates[0].subject_id == f"p{number}"
        assert len(found.candidates) == found.compared == found.gallery_size == count
        for one in whole.templates:
            assert gallery.search(probe(one)).candidates[0].subject_id == f"p{number}"


def test_a_poor_face_of_a_finger_mate_is_not_lost_behind_better_faces() -> None:
    source = ToySource()
    for number in range(40):
        source.add(f"alike{number}", face(1.0, 0.001 * number, 0.0, 0.0))
    source.add("mate", finger(Position.LEFT_RING, 7.0), face(-1.0, 1.0, 0.0, 0.0))
    gallery = toy_gallery()
    gallery.follow(source)
    found = gallery.search(probe(finger(Position.LEFT_RING, 7.0), face(1.0, 0.0, 0.0, 0.0)))
    mate = next(candidate for candidate in found.candidates if candidate.subject_id == "mate")
    assert set(mate.scores) == {Position.LEFT_RING, Position.FACE}
    assert mate.scores[Position.FACE].value == pytest.approx(-(0.5**0.5))
