"""Encounters replaced in one section, and put into galleries in which they are searched first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from biometrics.cases import CaseDoubt, CaseOutcome
from biometrics.decisions import NotEnrolled
from biometrics.errors import RecordBusyError, RecordConflictError, RecordNotFoundError
from biometrics.positions import Modality, Position
from biometrics.records import Actor, ActorRole, Encounter, EncounterStatus
from biometrics.samples import now_utc
from enrollment.encounters import office
from enrollment.encounters.changing import OutdatedError
from enrollment.encounters.drafts import EncounterDraft, Placement, RecordedEncounter
from enrollment.engine.local import LocalService
from enrollment.preparation import PreparedSubmission, ReceivedImage, prepare_received
from matching.policy import Finding
from registry.store import Registry
from tests.enrollment.encounters.people import CITIZENS, NOTHING_CAPTURED, VISA, draft, record
from tests.enrollment.fakes import BLANK, fake_extractors, picture


def replaced(service: LocalService, label: str, number: int, capture: int, **stated: Any) -> RecordedEncounter:
    made = service.replace_encounter(draft(label, number, capture, **stated))
    assert isinstance(made, RecordedEncounter)
    return made


def statuses(registry: Registry, subject_id: str) -> list[EncounterStatus]:
    return [one.status for one in registry.encounters(subject_id)]


def test_new_samples_take_the_place_of_the_old_ones(service: LocalService, registry: Registry) -> None:
    first = record(service, "a", 1)
    record(service, "b", 2)
    second = replaced(service, "a", 1, 1, name=first.name, document='{"v": 2}', request="r")
    assert (second.outcome, second.name) == (Finding.UNIQUE, first.name) and second.encounter_id != first.encounter_id
    assert statuses(registry, first.subject_id) == [EncounterStatus.RETIRED, EncounterStatus.ACTIVE]
    assert replaced(service, "a", 1, 1, name=first.name, request="r").repeated
    assert len(registry.encounters(first.subject_id)) == 2


def test_somebody_else_in_the_place_of_a_person_is_doubted(service: LocalService, registry: Registry) -> None:
    record(service, "a", 1, name="n")
    other = replaced(service, "a", 2, 0, name="n")
    case = registry.case(str(other.case_id))
    assert (other.outcome, case.evidence.doubts) == (Finding.REVIEW, (CaseDoubt.UNLIKE_OWN_RECORDS,))


def test_a_duplicate_in_the_place_of_an_encounter_is_found(service: LocalService, registry: Registry) -> None:
    record(service, "other", 2)
    record(service, "a", 1, name="n")
    assert replaced(service, "a", 2, 5, name="n").outcome is Finding.DUPLICATE


def test_the_same_samples_change_only_what_is_said(service: LocalService, registry: Registry) -> None:
    first = record(service, "a", 1, name="n")
    before = registry.latest_sequence()
    again = replaced(service, "a", 1, 0, name="n", document='{"v": 2}', in_use=False)
    assert again.encounter_id == first.encounter_id and registry.latest_sequence() == before
    with registry.reading() as held:
        document = held.documents.of(first.encounter_id)
    assert document is not None and (document.document, document.in_use) == ('{"v": 2}', False)


@pytest.mark.parametrize("other", [(Position.LEFT_THUMB, 500.0), (Position.RIGHT_THUMB, 1000.0)])
def test_the_same_picture_of_another_finger_or_resolution_is_another_sample(
    service: LocalService, registry: Registry, other: tuple[Position, float]
) -> None:
    def thumb(position: Position, ppi: float) -> EncounterDraft:
        image = ReceivedImage(
            data=picture(1), modality=Modality.FINGER, position=position, ppi=ppi, origin="biometricData[0]"
        )
        prepared = prepare_received("a", [image], fake_extractors())
        return EncounterDraft(prepared=prepared, galleries=(CITIZENS,), name="n")

    service.record_encounter(thumb(Position.RIGHT_THUMB, 500.0))
    made = service.replace_encounter(thumb(*other))
    assert isinstance(made, RecordedEncounter)
    with registry.reading() as held:
        (sample,) = held.encounter(made.encounter_id).samples
    assert (sample.position, sample.ppi) == other


def test_references_without_samples_come_into_no_gallery_unsearched(service: LocalService, registry: Registry) -> None:
    first = record(service, "a", 1, face=False)
    (reference,) = registry.references(first.subject_id)
    imported = Encounter(
        encounter_id="imported",
        subject_id=first.subject_id,
        status=EncounterStatus.ACTIVE,
        recorded_at=now_utc(),
        policy_version="1",
        samples=(),
        galleries=(CITIZENS,),
    )
    with registry.writing() as writer:
        bare = replace(reference, reference_id="bare", sample_sha256=None)
        writer.add_encounter(writer.subject(first.subject_id), imported, [bare])
    nobody = PreparedSubmission(label="a", samples=())
    asked = EncounterDraft(prepared=nobody, galleries=(CITIZENS, VISA), name="imported", exceptions=NOTHING_CAPTURED)
    made = service.replace_encounter(asked)
    assert isinstance(made, RecordedEncounter)
    with registry.reading() as held:
        assert held.encounter(made.encounter_id).status is EncounterStatus.PENDING
        assert VISA not in held.encounter("imported").galleries


def test_the_same_samples_are_searched_in_a_gallery_that_is_new_to_them(
    service: LocalService, registry: Registry
) -> None:
    record(service, "there", 1, galleries=(VISA,))
    record(service, "a", 1, 1, name="n")
    moved = replaced(service, "a", 1, 1, name="n", galleries=(CITIZENS, VISA))
    assert moved.outcome is Finding.DUPLICATE and moved.case_id is not None
    with registry.reading() as held:
        encounter = held.encounter(moved.encounter_id)
    assert (encounter.status, set(encounter.galleries)) == (EncounterStatus.ACTIVE, {CITIZENS, VISA})


def test_nothing_is_replaced_that_is_not_there_or_by_nothing(service: LocalService, registry: Registry) -> None:
    first = record(service, "a", 1, name="n")
    for label, name in (("a", "other"), ("b", "n")):
        with pytest.raises(RecordNotFoundError):
            service.replace_encounter(draft(label, 1, 1, name=name))
    assert isinstance(service.replace_encounter(draft("a", BLANK, name="n")), NotEnrolled)
    assert statuses(registry, first.subject_id) == [EncounterStatus.ACTIVE]


def test_what_was_rejected_stays_where_it_is(service: LocalService, registry: Registry) -> None:
    record(service, "other", 1)
    fraud = record(service, "a", 1, 1, name="n")
    (candidate,) = registry.case(str(fraud.case_id)).candidates
    for name in ("examiner-1", "examiner-2"):
        with registry.writing(Actor(name=name, role=ActorRole.EXAMINER)) as writer:
            writer.adjudication.assign(str(fraud.case_id), name, timedelta(hours=1))
            outcome, found = CaseOutcome.FRAUD, candidate.subject_id
            writer.adjudication.decide(str(fraud.case_id), outcome, candidate_id=found, reason="seen")
    assert statuses(registry, fraud.subject_id) == [EncounterStatus.REJECTED]
    with pytest.raises(RecordConflictError, match="rejected"):
        service.replace_encounter(draft("a", 1, 2, name="n"))
    with pytest.raises(RecordConflictError, match="rejected"):
        service.place_encounter(Placement(person="a", name="n", galleries=(VISA,)))


def test_a_gallery_that_is_new_is_searched_before(service: LocalService, registry: Registry) -> None:
    there = record(service, "there", 1, galleries=(VISA,))
    mine = record(service, "a", 1, 1)
    record(service, "b", 2, name="n")
    placed = service.place_encounter(Placement(person="a", name=mine.name, galleries=(VISA,)))
    assert placed.outcome is Finding.DUPLICATE
    assert [one.subject_id for one in registry.case(str(placed.case_id)).candidates] == [there.subject_id]
    alone = service.place_encounter(Placement(person="b", name="n", galleries=(CITIZENS, VISA)))
    assert (alone.outcome, alone.case_id) == (Finding.UNIQUE, None)
    with registry.reading() as held:
        assert held.encounter(mine.encounter_id).galleries == (VISA,)
    searched = [one for one in registry.events() if one.action == "searched_again"]
    assert [one.details["outcome"] for one in searched] == ["duplicate", "unique"]


def test_a_person_is_no_candidate_of_their_own_in_another_gallery(service: LocalService) -> None:
    record(service, "a", 1, galleries=(VISA,))
    record(service, "a", 1, 1, name="n")
    placed = service.place_encounter(Placement(person="a", name="n", galleries=(CITIZENS, VISA)))
    assert placed.outcome is Finding.UNIQUE


def test_what_others_changed_meanwhile_is_searched_again(
    service: LocalService, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(service, "a", 1, name="n")
    search = office.EncounterOffice._search
    tried: list[int] = []

    def disturbed(self: office.EncounterOffice, *asked: Any) -> Any:
        tried.append(1)
        return search(self, *asked) if len(tried) > 1 else None

    monkeypatch.setattr(office.EncounterOffice, "_search", disturbed)
    assert replaced(service, "a", 1, 3, name="n").outcome is Finding.UNIQUE and len(tried) == 2

    def never(*_: object) -> Callable[[], None]:
        raise OutdatedError

    monkeypatch.setattr(office.EncounterOffice, "_search", never)
    with pytest.raises(RecordBusyError):
        service.replace_encounter(draft("a", 1, 4, name="n"))
