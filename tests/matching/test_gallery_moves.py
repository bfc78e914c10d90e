"""References that go from one subject to another: at once, for both, and never those of anybody else."""

from __future__ import annotations

import dataclasses

import pytest

from biometrics.errors import GalleryError, RecordError
from biometrics.positions import Position
from biometrics.templates import Template
from matching.gallery import Gallery
from tests.matching.parts import ToySource, face, finger, probe, toy_gallery

INDEX, UNKNOWN = Position.RIGHT_INDEX, Position.UNKNOWN


def filled(*people: tuple[str, list[Template]]) -> tuple[Gallery, ToySource]:
    source, gallery = ToySource(), toy_gallery()
    for subject_id, templates in people:
        source.add(subject_id, *templates)
    gallery.follow(source)
    return gallery, source


def found(gallery: Gallery, *templates: Template) -> dict[str, float]:
    return {one.subject_id: one.fmr.value for one in gallery.search(probe(*templates)).candidates}


def test_a_moved_finger_is_the_other_subjects_at_once() -> None:
    gallery, source = filled(("anna", [finger(INDEX, 5.0)]), ("ben", [finger(INDEX, 300.0)]))
    gallery.apply(source.move(source.changes[0], "ben"))
    assert set(found(gallery, finger(INDEX, 5.0))) == {"ben"}
    assert gallery.subjects() == ("ben",)
    assert gallery.size == 1
    gallery.check(source)
    gallery.apply(source.move(source.changes[2], "anna"))
    assert found(gallery, finger(INDEX, 5.0))["anna"] < 1e-3
    assert found(gallery, finger(INDEX, 5.0))["ben"] == 1.0
    gallery.check(source)


def test_portraits_and_unknown_prints_are_grouped_anew_on_both_sides() -> None:
    front, left, right = face(1, 0, 0, 0), face(1, 0.6, 0, 0), face(1, -0.6, 0, 0)
    first, between, last = finger(UNKNOWN, 100.0), finger(UNKNOWN, 120.0), finger(UNKNOWN, 140.0)
    gallery, source = filled(("anna", [left, first, last]), ("anna", [right, between]), ("ben", [finger(INDEX, 300.0)]))
    whole = probe(front, first, last)
    gallery.apply(source.move(source.changes[1], "ben"))
    apart, _ = filled(("anna", [left, first, last]), ("ben", [finger(INDEX, 300.0), right, between]))
    assert [(one.subject_id, one.fmr) for one in gallery.search(whole).candidates] == [
        (one.subject_id, one.fmr) for one in apart.search(whole).candidates
    ]
    gallery.apply(source.move(source.changes[3], "anna"))
    together, _ = filled(("anna", [left, first, last, right, between]), ("ben", [finger(INDEX, 300.0)]))
    assert found(gallery, front, first, last) == found(together, front, first, last)


def test_a_refreshed_search_sees_who_gave_and_who_got() -> None:
    gallery, source = filled(
        ("anna", [finger(INDEX, 5.0)]), ("anna", [finger(INDEX, 9.0)]), ("ben", [face(1, 0, 0, 0)])
    )
    whole = probe(finger(INDEX, 5.0), face(1, 0, 0, 0))
    earlier = gallery.search(whole)
    gallery.apply(source.move(source.changes[0], "ben"))
    assert gallery.refresh(earlier, whole) == gallery.search(whole)
    assert gallery.refresh(earlier, whole).candidates != earlier.candidates


def test_what_another_subject_holds_cannot_be_moved() -> None:
    gallery, source = filled(("anna", [finger(INDEX, 5.0), face(1, 0, 0, 0)]), ("ben", [finger(INDEX, 9.0)]))
    before = found(gallery, finger(INDEX, 5.0))
    moved = source.move(source.changes[0], "ben")
    with pytest.raises(GalleryError, match="no such reference"):
        gallery.apply(dataclasses.replace(moved, from_subject_id="chaka"))
    foreign = dataclasses.replace(moved.references[1], reference_id="elsewhere")
    with pytest.raises(GalleryError, match="no such reference"):
        gallery.apply(dataclasses.replace(moved, references=(moved.references[0], foreign)))
    assert (gallery.generation, found(gallery, finger(INDEX, 5.0))) == (2, before)
    gallery.apply(moved)


def test_where_only_galleries_changed_nothing_happens() -> None:
    gallery, source = filled(("anna", [finger(INDEX, 5.0)]))
    before = gallery.search(probe(finger(INDEX, 5.0)))
    gallery.apply(source.move(source.changes[0], "anna"))
    assert gallery.search(probe(finger(INDEX, 5.0))) == dataclasses.replace(before, generation=2)
    gallery.check(source)


def test_only_a_moved_encounter_comes_from_somebody() -> None:
    source = ToySource()
    added = source.add("anna", finger(INDEX, 5.0))
    moved = source.move(added, "ben")
    with pytest.raises(RecordError, match="comes from somebody"):
        dataclasses.replace(added, from_subject_id="ben")
    with pytest.raises(RecordError, match="comes from somebody"):
        dataclasses.replace(moved, from_subject_id=None)
