"""What clients say about encounters: kept with them, told apart by names, and never in the audit trail."""

from __future__ import annotations

import dataclasses

import pytest

from biometrics.cases import CasePriority
from biometrics.errors import RecordConflictError, RecordError, RecordNotFoundError
from biometrics.records import Encounter, EncounterStatus
from registry.audit import RESERVED_ACTIONS
from registry.service_actions import DOCUMENT_ADDED, DOCUMENT_CHANGED, SERVICE_ACTIONS
from registry.store import Registry
from tests.registry.people import enroll, new_encounter, new_references, new_subject

SECRET = '{"name": "Awa SIMULATED"}'


def document(registry: Registry, encounter: Encounter, name: str = "1", *, in_use: bool = True) -> None:
    with registry.writing() as writer:
        writer.documents.add(encounter.encounter_id, name=name, document=SECRET, in_use=in_use)


def another(registry: Registry, first: Encounter, seed: int, *galleries: str) -> Encounter:
    subject = registry.subject(first.subject_id)
    encounter = dataclasses.replace(new_encounter(subject), galleries=galleries or ("citizens",))
    with registry.writing() as writer:
        writer.add_encounter(subject, encounter, new_references(subject, seed))
    return encounter


def test_a_document_is_kept_with_its_encounter(registry: Registry) -> None:
    encounter = enroll(registry, "one")
    with registry.writing() as writer:
        writer.documents.add(encounter.encounter_id, name="first", document=SECRET, request="ab" * 32)
    with registry.reading() as record:
        found = record.documents.of(encounter.encounter_id)
        assert found is not None and record.documents.of_subject(encounter.subject_id) == {
            encounter.encounter_id: found
        }
        assert record.documents.by_request("ab" * 32) == encounter.encounter_id
        assert record.documents.by_request("cd" * 32) is None
    assert (found.name, found.document, found.in_use, found.request) == ("first", SECRET, True, "ab" * 32)
    assert found.created_at == found.updated_at
    assert registry.check() == []


def test_what_a_document_says_is_not_in_the_trail(registry: Registry) -> None:
    encounter = enroll(registry, "one")
    document(registry, encounter, "a telling name")
    with registry.writing() as writer:
        writer.documents.update(encounter.encounter_id, document='{"name": "Binta SIMULATED"}')
    added, changed = registry.events()[-2:]
    assert (added.action, changed.action) == (DOCUMENT_ADDED, DOCUMENT_CHANGED)
    assert added.subject_id == changed.subject_id == encounter.subject_id
    for event in (added, changed):
        assert "SIMULATED" not in str(event.details) and "telling" not in str(event.details)


def test_a_change_replaces_what_it_names_alone(registry: Registry) -> None:
    encounter = enroll(registry, "one")
    document(registry, encounter)
    with registry.writing() as writer:
        writer.documents.update(encounter.encounter_id, in_use=False)
        first = writer.documents.of(encounter.encounter_id)
        writer.documents.update(encounter.encounter_id, document="{}")
        second = writer.documents.of(encounter.encounter_id)
    assert first is not None and second is not None
    assert (first.document, first.in_use) == (SECRET, False)
    assert (second.document, second.in_use, second.name) == ("{}", False, "1")
    assert second.updated_at > second.created_at
    assert registry.check() == []


def test_what_cannot_have_a_document_is_refused(registry: Registry) -> None:
    one, retired = enroll(registry, "one"), enroll(registry, "two", 1)
    document(registry, one)
    with registry.writing() as writer:
        writer.documents.add(retired.encounter_id, name="x", document="{}")
        writer.retire_encounter(retired.encounter_id)
    fresh = enroll(registry, "three", 2)
    with registry.writing() as writer:
        add, update = writer.documents.add, writer.documents.update
        for encounter_id, name, error in (
            ("nothing", "x", RecordNotFoundError),
            (one.encounter_id, "x", RecordConflictError),
            (retired.encounter_id, "y", RecordConflictError),
            (fresh.encounter_id, " ", RecordError),
            (fresh.encounter_id, one.encounter_id, RecordConflictError),
        ):
            with pytest.raises(error):
                add(encounter_id, name=name, document="{}")
        for encounter_id, refused in (
            ("nothing", RecordNotFoundError),
            (fresh.encounter_id, RecordNotFoundError),
            (retired.encounter_id, RecordConflictError),
        ):
            with pytest.raises(refused):
                update(encounter_id, in_use=False)
        assert writer.documents.of(fresh.encounter_id) is None
    assert registry.check() == []


def test_a_request_that_made_an_encounter_finds_it_until_that_retires(registry: Registry) -> None:
    one, later = enroll(registry, "one"), enroll(registry, "later", 1)
    with registry.writing() as writer:
        writer.documents.add(one.encounter_id, name="1", document="{}", request="r")
        with pytest.raises(RecordConflictError, match="recorded already") as raised:
            writer.documents.add(later.encounter_id, name="1", document="{}", request="r")
        assert raised.value.source == one.encounter_id
        writer.retire_encounter(one.encounter_id)
        assert writer.documents.by_request("r") is None
        writer.documents.add(later.encounter_id, name="1", document="{}", request="r")
        assert writer.documents.by_request("r") == later.encounter_id
        first = writer.documents.of(one.encounter_id)
    assert first is not None and first.request is None and registry.check() == []


def test_an_encounter_without_a_document_is_called_by_its_identifier(registry: Registry) -> None:
    one = enroll(registry, "one")
    two = another(registry, one, 1)
    document(registry, two, "2")
    with registry.reading() as record:
        assert record.documents.names(one.subject_id) == {one.encounter_id, "2"}
        assert record.documents.named(one.subject_id, "2") == two.encounter_id
        assert record.documents.named(one.subject_id, one.encounter_id) == one.encounter_id
        assert record.documents.named(one.subject_id, two.encounter_id) is None
        assert record.documents.named("nobody", "2") is None
    document(registry, one, one.encounter_id)
    assert registry.check() == []


def test_names_of_one_person_differ_until_one_retires(registry: Registry) -> None:
    one, stranger = enroll(registry, "one"), enroll(registry, "stranger", 9)
    two = another(registry, one, 1)
    document(registry, one, "same")
    document(registry, stranger, "same")
    with pytest.raises(RecordConflictError, match="has this name"):
        document(registry, two, "same")
    with registry.writing() as writer:
        writer.retire_encounter(one.encounter_id)
        writer.documents.add(two.encounter_id, name="same", document="{}")
        assert writer.documents.named(one.subject_id, "same") == two.encounter_id
    assert registry.check() == []


def test_who_has_an_encounter_in_use_is_known(registry: Registry) -> None:
    plain, off, both, retired = (enroll(registry, name, seed) for seed, name in enumerate("abcd"))
    document(registry, off, in_use=False)
    document(registry, both, in_use=False)
    document(registry, another(registry, both, 7), "2")
    with registry.writing() as writer:
        writer.retire_encounter(retired.encounter_id)
        subject = new_subject("pending")
        pending = new_encounter(subject, status=EncounterStatus.PENDING)
        writer.add_encounter(subject, pending, new_references(subject, 8))
        writer.open_case(subject_id=subject.subject_id, candidates=(), priority=CasePriority.HIGH, reason="doubt")
    asked = [one.subject_id for one in (plain, off, both, retired, pending)]
    with registry.reading() as record:
        assert record.documents.usable(asked) == {plain.subject_id, both.subject_id}
        assert record.documents.usable([off.subject_id]) == record.documents.usable([]) == frozenset()
        many = [*(f"nobody {number}" for number in range(1200)), plain.subject_id]
        assert record.documents.usable(many) == {plain.subject_id}


def test_a_gallery_is_listed_piece_by_piece(registry: Registry) -> None:
    people = [enroll(registry, name, seed) for seed, name in enumerate("abc")]
    other = another(registry, people[0], 5, "visa_applicants", "citizens")
    document(registry, other, "visa")
    with registry.writing() as writer:
        writer.retire_encounter(people[1].encounter_id)
    expected = sorted([(people[0].encounter_id, "a"), (people[2].encounter_id, "c"), (other.encounter_id, "a")])
    names = {other.encounter_id: "visa"}
    with registry.reading() as record:
        listed = record.documents.in_gallery(["citizens", "visa_applicants"], 0, 10)
        assert listed == tuple((label, names.get(name, name)) for name, label in expected)
        assert record.documents.in_gallery(["visa_applicants"], 0, 10) == (("a", "visa"),)
        pieces = [record.documents.in_gallery(["citizens"], offset, 2) for offset in (0, 2, 4)]
        assert [len(piece) for piece in pieces] == [2, 1, 0] and (*pieces[0], *pieces[1]) == listed
        assert record.documents.in_gallery([], 0, 10) == ()


def test_nobody_else_leaves_these_events(registry: Registry) -> None:
    assert SERVICE_ACTIONS <= RESERVED_ACTIONS
    with pytest.raises(RecordError), registry.writing() as writer:
        writer.append_event(DOCUMENT_ADDED, None, {})
