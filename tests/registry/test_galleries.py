"""Galleries that do not mix: what each one's followers see, and encounters put in and taken out."""

from __future__ import annotations

import dataclasses

import pytest

from biometrics.errors import RecordConflictError, RecordError, RecordNotFoundError
from biometrics.protocols import ChangeKind, ReferenceSource
from biometrics.records import Encounter
from registry.gallery_view import GalleryView
from registry.store import Registry
from tests.registry.people import enroll, new_encounter, new_references, new_subject

CITIZENS, VISA = "citizens", "visa_applicants"


def enroll_in(registry: Registry, label: str, *galleries: str, seed: int = 0) -> Encounter:
    subject = new_subject(label)
    encounter = dataclasses.replace(new_encounter(subject), galleries=galleries)
    with registry.writing() as writer:
        writer.add_encounter(subject, encounter, new_references(subject, seed))
    return encounter


def seen(registry: Registry, gallery_id: str, since: int = 0) -> list[tuple[int, str, str, int]]:
    view = GalleryView(source=registry, gallery_id=gallery_id)
    return [
        (one.sequence, one.kind.value, registry.subject(one.subject_id).label, len(one.references))
        for one in view.changes_since(since)
    ]


def test_a_new_registry_has_two_galleries(registry: Registry) -> None:
    with registry.reading() as record:
        known = record.galleries.known()
    assert [(one.gallery_id, one.purpose, one.encounters) for one in known] == [
        (CITIZENS, "national_identity", 0),
        (VISA, "visa", 0),
    ]


def test_an_encounter_says_where_it_belongs(registry: Registry) -> None:
    citizen, both = enroll(registry, "citizen"), enroll_in(registry, "both", VISA, CITIZENS)
    assert registry.encounters(citizen.subject_id)[0].galleries == (CITIZENS,)
    assert registry.encounters(both.subject_id)[0].galleries == (CITIZENS, VISA)
    assert registry.check() == []


@pytest.mark.parametrize(
    ("galleries", "error"),
    [(("elsewhere",), RecordNotFoundError), ((CITIZENS, "no"), RecordNotFoundError), ((), RecordError)],
)
def test_a_foreign_gallery_is_refused(registry: Registry, galleries: tuple[str, ...], error: type[Exception]) -> None:
    with pytest.raises(error):
        enroll_in(registry, "somebody", *galleries)
    assert registry.counts().subjects == registry.latest_sequence() == 0


def test_a_gallery_is_created_once_and_named_plainly(registry: Registry) -> None:
    with registry.writing() as writer:
        writer.galleries.create("liptako", "visa of the confederation")
    enroll_in(registry, "guest", "liptako")
    refused = [
        ("liptako", "x"),
        ("", "x"),
        ("Liptako", "x"),
        ("VISA_applicants", "x"),
        ("ALL", "x"),
        ("All", "x"),
        ("1st", "x"),
        ("Ünder", "x"),
        ("a b", "x"),
        ("a" * 65, "x"),
        ("ok", " "),
        ("ok", "x\ny"),
    ]
    for gallery_id, purpose in refused:
        with pytest.raises(RecordError), registry.writing() as writer:
            writer.galleries.create(gallery_id, purpose)
    with registry.reading() as record:
        assert [one.gallery_id for one in record.galleries.known()] == [CITIZENS, "liptako", VISA]
    assert registry.check() == []


def test_each_gallery_sees_its_own_and_no_gaps(registry: Registry) -> None:
    enroll(registry, "anna")
    encounter = enroll_in(registry, "ben", VISA)
    enroll_in(registry, "chaka", VISA, CITIZENS)
    with registry.writing() as writer:
        assert writer.galleries.put(encounter.encounter_id, CITIZENS) == 4
        assert writer.galleries.remove(encounter.encounter_id, VISA) == 5
        assert writer.retire_encounter(encounter.encounter_id) == 6
    assert seen(registry, CITIZENS, since=3) == [
        (4, "added", "ben", 2),
        (5, "moved", "ben", 2),
        (6, "retired", "ben", 2),
    ]
    assert seen(registry, VISA, since=3) == [(4, "moved", "ben", 2), (5, "retired", "ben", 2), (6, "retired", "ben", 0)]
    assert seen(registry, CITIZENS)[:3] == [(1, "added", "anna", 2), (2, "added", "ben", 0), (3, "added", "chaka", 2)]
    assert seen(registry, VISA)[:3] == [(1, "added", "anna", 0), (2, "added", "ben", 0), (3, "added", "chaka", 2)]
    views = [GalleryView(source=registry, gallery_id=name) for name in (CITIZENS, VISA, "elsewhere")]
    assert [view.active_subjects() for view in views] == [2, 1, 0]
    assert [view.latest_sequence() for view in views] == [6, 6, 6]
    assert registry.check() == []


def test_a_merge_within_one_gallery_is_an_arrival_or_a_departure_elsewhere(registry: Registry) -> None:
    both = enroll_in(registry, "both", VISA, CITIZENS, seed=1)
    citizen, visa = enroll(registry, "citizen", 2), enroll_in(registry, "visa", VISA, seed=3)
    with registry.writing() as writer:
        writer.merges.merge(both.subject_id, citizen.subject_id, reason="one person")
        writer.merges.merge(visa.subject_id, citizen.subject_id, reason="and a third time")
    assert seen(registry, CITIZENS, since=3) == [(4, "moved", "citizen", 2), (5, "moved", "citizen", 0)]
    assert seen(registry, VISA, since=3) == [(4, "moved", "citizen", 2), (5, "moved", "citizen", 2)]


def test_whoever_changed_in_a_gallery_is_known_though_nothing_is_left_of_it(registry: Registry) -> None:
    one, other, visitor = enroll(registry, "one"), enroll(registry, "other", 1), enroll_in(registry, "v", VISA, seed=2)
    since = registry.latest_sequence()
    assert registry.changed_subjects(since, CITIZENS) == frozenset()
    passing = enroll(registry, "passing", 3)
    with registry.writing() as writer:
        writer.retire_encounter(passing.encounter_id)
        writer.merges.merge(other.subject_id, one.subject_id, reason="one person")
        writer.galleries.put(visitor.encounter_id, CITIZENS)
    assert registry.changed_subjects(since, CITIZENS) == {
        one.subject_id,
        other.subject_id,
        passing.subject_id,
        visitor.subject_id,
    }
    assert registry.changed_subjects(since, VISA) == {visitor.subject_id}
    assert registry.changed_subjects(registry.latest_sequence(), CITIZENS) == frozenset()


def test_views_are_sources_in_a_section_too(registry: Registry) -> None:
    enroll(registry, "anna")
    with registry.writing() as writer:
        source: ReferenceSource = GalleryView(source=writer, gallery_id=CITIZENS)
        assert source.latest_sequence() == source.active_subjects() == 1
        assert [one.kind for one in source.changes_since(0)] == [ChangeKind.ADDED]


def test_what_makes_no_sense_changes_nothing(registry: Registry) -> None:
    encounter = enroll(registry, "anna")
    with registry.writing() as writer:
        put, remove = writer.galleries.put, writer.galleries.remove
        for deed, place, error in (
            (put, (encounter.encounter_id, CITIZENS), RecordConflictError),
            (put, (encounter.encounter_id, "elsewhere"), RecordNotFoundError),
            (put, ("nothing", CITIZENS), RecordNotFoundError),
            (remove, (encounter.encounter_id, VISA), RecordConflictError),
            (remove, (encounter.encounter_id, CITIZENS), RecordError),
            (remove, ("nothing", CITIZENS), RecordNotFoundError),
        ):
            with pytest.raises(error):
                deed(*place)
    assert registry.latest_sequence() == 1
    assert registry.encounters(encounter.subject_id)[0].galleries == (CITIZENS,)
