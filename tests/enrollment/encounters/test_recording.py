"""Encounters of persons who are new or known, in one gallery or several: who is unique, and whom a person looks at."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from biometrics.cases import CaseDoubt, CaseOutcome
from biometrics.decisions import NotEnrolled, Reason
from biometrics.errors import RecordConflictError, RecordError, RecordNotFoundError
from biometrics.records import Actor, ActorRole, EncounterStatus
from enrollment.encounters.drafts import EncounterDraft, FinalizedDraft
from enrollment.engine.local import LocalService
from matching.policy import Finding
from registry.store import Registry
from tests.enrollment.encounters.people import CITIZENS, NOTHING_CAPTURED, VISA, draft, record, samples
from tests.enrollment.fakes import BLANK


def status(registry: Registry, encounter_id: str) -> EncounterStatus:
    with registry.reading() as held:
        return held.encounter(encounter_id).status


def doubts(registry: Registry, case_id: str | None) -> tuple[CaseDoubt, ...]:
    assert case_id is not None
    return registry.case(case_id).evidence.doubts


def decide(registry: Registry, case_id: str | None, outcome: CaseOutcome, candidate_id: str | None = None) -> None:
    """Let two examiners find the same."""
    assert case_id is not None
    for name in ("examiner-1", "examiner-2"):
        with registry.writing(Actor(name=name, role=ActorRole.EXAMINER)) as writer:
            if registry.case(case_id).outcome is None:
                writer.adjudication.assign(case_id, name, timedelta(hours=1))
                writer.adjudication.decide(case_id, outcome, candidate_id=candidate_id, reason="seen")


def test_a_new_person_is_unique_with_name_document_and_galleries(service: LocalService, registry: Registry) -> None:
    made = record(service, "a", 1, galleries=(CITIZENS, VISA), document='{"x": 1}', in_use=False)
    assert (made.person, made.outcome, made.case_id, made.repeated) == ("a", Finding.UNIQUE, None, False)
    assert made.name == made.encounter_id
    with registry.reading() as held:
        encounter, document = held.encounter(made.encounter_id), held.documents.of(made.encounter_id)
    assert (encounter.status, set(encounter.galleries)) == (EncounterStatus.ACTIVE, {CITIZENS, VISA})
    assert document is not None and (document.document, document.in_use) == ('{"x": 1}', False)


def test_whoever_is_out_of_use_is_searched_all_the_same(service: LocalService, registry: Registry) -> None:
    first = record(service, "a", 1, in_use=False)
    again = record(service, "b", 1, 1)
    assert again.outcome is Finding.DUPLICATE and status(registry, again.encounter_id) is EncounterStatus.PENDING
    assert [one.subject_id for one in registry.case(str(again.case_id)).candidates] == [first.subject_id]


def test_a_duplicate_in_any_of_the_galleries_is_one(service: LocalService, registry: Registry) -> None:
    in_visa, in_citizens = record(service, "a", 1, galleries=(VISA,)), record(service, "b", 1, 1)
    assert in_citizens.outcome is Finding.UNIQUE
    third = record(service, "c", 1, 2, galleries=(CITIZENS, VISA))
    candidates = registry.case(str(third.case_id)).candidates
    assert {one.subject_id for one in candidates} == {in_visa.subject_id, in_citizens.subject_id}
    event = [one for one in registry.events_about(third.subject_id) if one.action == "enrolled"][-1]
    assert event.details["findings"] == {CITIZENS: "duplicate", VISA: "duplicate"}


def test_a_known_person_who_is_alike_needs_no_case(service: LocalService, registry: Registry) -> None:
    first, second = record(service, "a", 1), record(service, "a", 1, 1, name="second")
    assert (second.outcome, second.subject_id) == (Finding.UNIQUE, first.subject_id)
    record(service, "b", 2)
    assert record(service, "a", 1, 2).outcome is Finding.UNIQUE


def test_somebody_else_under_a_known_label_is_doubted(service: LocalService, registry: Registry) -> None:
    record(service, "a", 1)
    other = record(service, "a", 2)
    assert other.outcome is Finding.REVIEW and status(registry, other.encounter_id) is EncounterStatus.PENDING
    assert doubts(registry, other.case_id) == (CaseDoubt.UNLIKE_OWN_RECORDS,)
    assert "not like those recorded" in registry.case(str(other.case_id)).reason


def test_who_waits_for_a_verdict_cannot_become_somebody_else(service: LocalService, registry: Registry) -> None:
    record(service, "victim", 1)
    waiting = record(service, "a", 1, 1)
    assert waiting.outcome is Finding.DUPLICATE
    other = record(service, "a", 2)
    assert (other.outcome, doubts(registry, other.case_id)) == (Finding.REVIEW, (CaseDoubt.UNLIKE_OWN_RECORDS,))


def test_who_cannot_be_compared_with_themselves_is_doubted(service: LocalService, registry: Registry) -> None:
    record(service, "a", 1, face=True)
    finger = record(service, "a", 1, face=False)
    assert (finger.outcome, doubts(registry, finger.case_id)) == (Finding.REVIEW, (CaseDoubt.UNLIKE_OWN_RECORDS,))


def test_a_known_person_who_is_like_somebody_else_is_a_duplicate(service: LocalService, registry: Registry) -> None:
    first = record(service, "a", 1)
    record(service, "b", 2)
    impostor = record(service, "b", 1, 3)
    assert impostor.outcome is Finding.DUPLICATE
    assert [one.subject_id for one in registry.case(str(impostor.case_id)).candidates] == [first.subject_id]


def test_of_others_who_cannot_be_compared_nobody_is_told_apart(service: LocalService, registry: Registry) -> None:
    record(service, "a", 1)
    record(service, "only-finger", 5, face=False)
    again = record(service, "a", 1, 1)
    assert (again.outcome, doubts(registry, again.case_id)) == (Finding.REVIEW, (CaseDoubt.GALLERY_NOT_SEARCHED,))
    evidence = registry.case(str(again.case_id)).evidence
    assert (evidence.gallery_size, evidence.compared) == (1, 0)


def test_whoever_was_rejected_before_is_looked_at_again(service: LocalService, registry: Registry) -> None:
    record(service, "other", 1)
    first = record(service, "a", 1, 1)
    (candidate,) = registry.case(str(first.case_id)).candidates
    decide(registry, first.case_id, CaseOutcome.FRAUD, candidate.subject_id)
    assert status(registry, first.encounter_id) is EncounterStatus.REJECTED
    again = record(service, "a", 2)
    assert (again.outcome, doubts(registry, again.case_id)) == (Finding.REVIEW, (CaseDoubt.REJECTED_BEFORE,))


def test_a_request_is_answered_once(service: LocalService, registry: Registry) -> None:
    record(service, "other", 1)
    first = record(service, "a", 1, 1, request="r", name="n")
    before = registry.latest_sequence()
    again = record(service, "a", 1, 1, request="r", name="n", new_person=True)
    assert again == replace(first, repeated=True) and registry.latest_sequence() == before
    decide(registry, first.case_id, CaseOutcome.DIFFERENT_PERSONS)
    assert record(service, "a", 1, 1, request="r") == replace(first, repeated=True)


def test_names_and_new_persons_are_held_apart(service: LocalService, registry: Registry) -> None:
    record(service, "a", 1, name="n")
    before = registry.counts()
    with pytest.raises(RecordConflictError, match="encounter of this name"):
        record(service, "a", 1, 1, name="n")
    with pytest.raises(RecordConflictError, match="recorded under this identifier"):
        record(service, "a", 1, 1, new_person=True)
    assert registry.counts().encounters == before.encounters


def test_a_merged_label_takes_no_encounters(service: LocalService, registry: Registry) -> None:
    first, second = record(service, "a", 1), record(service, "b", 2)
    with registry.writing() as writer:
        writer.merges.merge(second.subject_id, first.subject_id, reason="one person")
    with pytest.raises(RecordConflictError, match="merged into another"):
        record(service, "b", 2, 1)
    # Both persons' references are the survivor's own now.
    assert record(service, "a", 2, 1).outcome is Finding.UNIQUE


def test_a_label_comes_back_when_nothing_is_kept_of_it(service: LocalService, registry: Registry) -> None:
    first = record(service, "a", 1)
    with registry.writing() as writer:
        writer.retire_encounter(first.encounter_id)
    again = record(service, "a", 2, new_person=True)
    assert (again.outcome, again.subject_id) == (Finding.UNIQUE, first.subject_id)


def test_galleries_must_exist_or_may_be_created(service: LocalService, registry: Registry) -> None:
    with pytest.raises(RecordNotFoundError) as unknown:
        record(service, "a", 1, galleries=(CITIZENS, "Elsewhere"))
    assert unknown.value.source == "Elsewhere" and registry.counts().subjects == 0
    made = record(service, "a", 1, galleries=(CITIZENS, "Elsewhere"), new_galleries="osia:client")
    assert made.outcome is Finding.UNIQUE
    with registry.reading() as held:
        assert "Elsewhere" in held.galleries.names()
    for wrong in ((), (CITIZENS, CITIZENS)):
        with pytest.raises(RecordError):
            record(service, "b", 2, galleries=wrong)


def test_unusable_samples_are_an_outcome_and_nothing_else(service: LocalService, registry: Registry) -> None:
    refused = service.record_encounter(draft("a", BLANK))
    assert refused == NotEnrolled(reasons=(Reason.NO_FACE,))
    assert registry.counts().subjects == 0 and registry.events()[-1].action == "not_enrolled"


def test_no_biometrics_need_an_explanation_and_a_person_who_looks(service: LocalService, registry: Registry) -> None:
    none = replace(samples("a", 1), samples=())
    with pytest.raises(RecordError, match="nothing explains that of finger and face"):
        service.record_encounter(EncounterDraft(prepared=none, galleries=(CITIZENS,)))
    made = service.record_encounter(EncounterDraft(prepared=none, galleries=(CITIZENS,), exceptions=NOTHING_CAPTURED))
    assert not isinstance(made, NotEnrolled)
    assert made.outcome is Finding.REVIEW and status(registry, made.encounter_id) is EncounterStatus.PENDING
    assert doubts(registry, made.case_id) == (CaseDoubt.GALLERY_NOT_SEARCHED,)


def test_a_draft_is_finalized_with_its_encounter_or_not_at_all(service: LocalService, registry: Registry) -> None:
    with registry.writing() as writer:
        writer.drafts.add("d", client="c", document="{}")
    with pytest.raises(RecordConflictError):
        record(service, "a", 1, finalizes=FinalizedDraft(draft_id="d", version=99))
    assert registry.counts().subjects == 0
    with registry.reading() as held:
        kept = held.drafts.find("d")
    assert kept is not None
    made = record(service, "a", 1, finalizes=FinalizedDraft(draft_id="d", version=kept.version))
    with registry.reading() as held:
        kept = held.drafts.find("d")
    assert kept is not None and (kept.person, kept.encounter_id) == ("a", made.encounter_id)
