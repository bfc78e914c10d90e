"""Whole files of persons, as imports and exports move them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from biometrics.errors import PersonDataError, RecordConflictError, RecordError
from biometrics.people.dates import PartialDate
from biometrics.people.evidence import Evidence, EvidenceType
from biometrics.people.history import PersonFile
from biometrics.people.life import Guardian, GuardianRelation, LifeEvent, LifeEventKind
from biometrics.people.names import PersonName
from biometrics.people.record import Sex
from biometrics.positions import Position
from biometrics.records import Encounter, Subject, SubjectStatus
from registry.people_writing import PeopleWriter
from registry.store import Registry
from registry.writing import Writer
from tests.registry.people import enroll, new_references
from tests.registry.statements import OPERATOR, dump, excepted, fake_nina, simulated_number, stated


def fill(people: PeopleWriter, encounter: Encounter, place: int) -> None:
    """Let somebody state everything there is to state, with some history."""
    subject_id = encounter.subject_id
    people.record(subject_id, stated(given=f"Vlj{'a' * (place + 1)}"), encounter_id=encounter.encounter_id)
    corrected = stated(given=f"Vlj{'a' * (place + 1)}", sex=Sex.FEMALE, birth_date=PartialDate())
    people.correct(subject_id, corrected, expected_version=1, reason="typed wrongly")
    people.give_number(subject_id, fake_nina("ABC"[place], temporary=True), reason="card")
    people.give_number(subject_id, fake_nina("XYZ"[place]), reason="final card")
    people.give_number(subject_id, simulated_number(str(place)), reason="card")
    provisional = people.add_evidence(subject_id, Evidence(type=EvidenceType.RECEPISSE, provisional=True))
    people.add_evidence(subject_id, Evidence(type=EvidenceType.PASSPORT), replaces=provisional)
    people.grant_exceptions(encounter.encounter_id, [excepted(Position.LEFT_THUMB, Position.LEFT_RING)])
    guardian = Guardian(relation=GuardianRelation.OTHER, name=PersonName(given="Qvlj"))
    people.end_guardian(subject_id, people.add_guardian(subject_id, guardian, reason="x"), reason="of age")
    event = people.record_life_event(subject_id, LifeEvent(kind=LifeEventKind.INACTIVE), reason="x")
    people.annul_life_event(subject_id, event, reason="wrong person")
    people.record_life_event(subject_id, LifeEvent(kind=LifeEventKind.DEATH), reason="x")


def move(source: Registry, target: Registry) -> tuple[PersonFile, ...]:
    """Copy everybody from one registry to another, and return the files."""
    with source.reading() as record:
        subjects = record.subjects()
        encounters = [one for subject in subjects for one in record.encounters(subject.subject_id)]
        files = record.people.files([subject.subject_id for subject in subjects])
    with target.writing(OPERATOR) as writer:
        for subject, encounter in zip(subjects, encounters, strict=True):
            add_bare(writer, replace(subject, status=SubjectStatus.ACTIVE), replace(encounter, samples=()))
        writer.people.add_files(files)
    return files


def add_bare(writer: Writer, subject: Subject, encounter: Encounter) -> None:
    writer.add_encounter(subject, encounter, new_references(subject))


def test_files_move_to_another_registry_history_included(registry: Registry, tmp_path: Path) -> None:
    encounters = [enroll(registry, f"person {place}", seed=place) for place in range(3)]
    with registry.writing(OPERATOR) as writer:
        for place, encounter in enumerate(encounters[:2]):
            fill(writer.people, encounter, place)
    with Registry.open(tmp_path / "other") as other:
        files = move(registry, other)
        assert {len(file.versions) for file in files} == {0, 2}
        with other.reading() as record:
            ids = [file.subject_id for file in files]
            assert record.people.files(ids) == files
            assert record.people.files(ids[::-1]) == files[::-1]
            assert record.people.file(ids[1]) == files[1]
        statuses = {subject.subject_id: subject.status for subject in registry.subjects()}
        assert {subject.subject_id: subject.status for subject in other.subjects()} == statuses
        assert SubjectStatus.DECEASED in statuses.values()
        assert other.check() == registry.check() == []


def test_the_registry_refuses_files_that_cannot_be_right(registry: Registry) -> None:
    encounters = [enroll(registry, f"person {place}", seed=place) for place in range(3)]
    with registry.writing(OPERATOR) as writer:
        fill(writer.people, encounters[0], 0)
        full = writer.people.file(encounters[0].subject_id)
    one, other = encounters[1].subject_id, encounters[2].subject_id
    version = replace(full.versions[0], subject_id=one, encounter_id=None)
    number = replace(full.numbers[-1], subject_id=one, identifier_id="another")
    before = dump(registry)
    for file, error in (
        (PersonFile(subject_id=one, versions=(replace(version, version=2),)), RecordError),
        (PersonFile(subject_id=other, versions=(version,)), RecordError),
        (PersonFile(subject_id=one, numbers=(number,)), RecordConflictError),
        (full, RecordConflictError),
        (PersonFile(subject_id="nobody", versions=(replace(version, subject_id="nobody"),)), RecordError),
    ):
        with pytest.raises(error), registry.writing(OPERATOR) as writer:
            writer.people.add_files([file])
    assert dump(registry) == before


def test_files_are_checked_by_the_verifier_of_check_letters(home: Path) -> None:
    class Never:
        def agrees(self, nina: str) -> bool:
            return not nina

    with Registry.open(home) as registry:
        encounter = enroll(registry, "person")
        with registry.writing(OPERATOR) as writer:
            writer.people.give_number(encounter.subject_id, fake_nina("A"), reason="x")
            file = writer.people.file(encounter.subject_id)
    with Registry.open(home, check_letter=Never()) as registry:
        other = enroll(registry, "other").subject_id
        moved = replace(file.numbers[0], subject_id=other, identifier_id="another", number=fake_nina("B"))
        with pytest.raises(PersonDataError, match="last letter"), registry.writing(OPERATOR) as writer:
            writer.people.add_files([PersonFile(subject_id=other, numbers=(moved,))])


def test_holders_of_many_numbers_are_asked_at_once(registry: Registry) -> None:
    encounters = [enroll(registry, f"person {place}", seed=place) for place in range(2)]
    with registry.writing(OPERATOR) as writer:
        for place, encounter in enumerate(encounters):
            writer.people.give_number(encounter.subject_id, simulated_number(str(place)), reason="x")
        asked = [simulated_number(str(place)) for place in range(1000)]
        found = writer.people.holders(asked)
    assert found == {
        (asked[place].scheme, asked[place].value): encounter.subject_id for place, encounter in enumerate(encounters)
    }
