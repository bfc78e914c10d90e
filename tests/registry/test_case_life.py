"""What people decide happens, once enough of them did, and can be undone; a score alone does nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from biometrics.cases import CaseOutcome, CasePriority, CaseStatus
from biometrics.errors import CaseForbiddenError, CaseHolderError, CaseStateError, RecordError, RecordNotFoundError
from biometrics.records import Actor, EncounterStatus, SubjectStatus
from registry.store import Registry
from tests.registry.adjudication import (
    ADA,
    BEN,
    CLO,
    HOUR,
    OPERATOR,
    SUE,
    TOM,
    decide,
    pair_case,
    pending_case,
    people,
    status_of,
)
from tests.registry.people import new_encounter, new_references

BENIGN = (CaseOutcome.DIFFERENT_PERSONS, CaseOutcome.TWIN_OR_RELATIVE)
ADVERSE = (CaseOutcome.SAME_PERSON, CaseOutcome.FRAUD)


@pytest.mark.parametrize("outcome", BENIGN)
def test_one_examiner_lets_somebody_in(registry: Registry, outcome: CaseOutcome) -> None:
    case = pending_case(registry, "new", *people(registry, "known"))
    closed = decide(registry, ADA, case.case_id, outcome)
    assert (closed.status, closed.outcome, closed.holder(closed.opened_at)) == (CaseStatus.CLOSED, outcome, None)
    assert status_of(registry, case) is EncounterStatus.ACTIVE
    assert registry.counts().open_cases == 0
    assert registry.check() == []


def test_the_same_person_is_merged_once_two_examiners_say_so(registry: Registry) -> None:
    (known,) = people(registry, "known")
    case = pending_case(registry, "new", known)
    first = decide(registry, ADA, case.case_id, CaseOutcome.SAME_PERSON)
    assert (first.status, first.outcome) == (CaseStatus.AWAITING_SECOND, None)
    assert status_of(registry, case) is EncounterStatus.PENDING
    assert registry.check() == []
    second = decide(registry, BEN, case.case_id, CaseOutcome.SAME_PERSON)
    assert second.outcome is CaseOutcome.SAME_PERSON
    assert [verdict.examiner for verdict in second.verdicts] == ["ada", "ben"]
    merged = registry.subject(case.subject_id)
    assert (merged.status, merged.merged_into) == (SubjectStatus.MERGED, known)
    assert status_of(registry, case) is EncounterStatus.ACTIVE
    assert registry.check() == []


def test_fraud_gives_nobody_an_identity_and_stays_searchable(registry: Registry) -> None:
    case = pending_case(registry, "new", *people(registry, "known"))
    for examiner in (ADA, BEN):
        decide(registry, examiner, case.case_id, CaseOutcome.FRAUD)
    assert status_of(registry, case) is EncounterStatus.REJECTED
    assert registry.subject(case.subject_id).status is SubjectStatus.INACTIVE
    assert len(registry.references(case.subject_id)) == 2
    assert registry.active_subjects() == 2
    assert registry.check() == []


@pytest.mark.parametrize("outcome", [CaseOutcome.DATA_ERROR, CaseOutcome.INSUFFICIENT_QUALITY])
def test_what_cannot_be_used_is_to_be_captured_again(registry: Registry, outcome: CaseOutcome) -> None:
    case = pending_case(registry, "new", *people(registry, "known"))
    decide(registry, ADA, case.case_id, outcome)
    assert status_of(registry, case) is EncounterStatus.RETIRED
    assert registry.subject(case.subject_id).status is SubjectStatus.ACTIVE
    assert registry.references(case.subject_id) == ()
    assert registry.check() == []


def test_examiners_who_disagree_leave_it_to_a_supervisor(registry: Registry) -> None:
    case = pending_case(registry, "new", *people(registry, "known"))
    decide(registry, ADA, case.case_id, CaseOutcome.FRAUD)
    disputed = decide(registry, BEN, case.case_id, CaseOutcome.DIFFERENT_PERSONS)
    assert (disputed.status, disputed.outcome) == (CaseStatus.DISPUTED, None)
    assert status_of(registry, case) is EncounterStatus.PENDING
    with pytest.raises(CaseForbiddenError, match="only a supervisor"):
        decide(registry, CLO, case.case_id, CaseOutcome.FRAUD)
    settled = decide(registry, SUE, case.case_id, CaseOutcome.TWIN_OR_RELATIVE)
    assert (settled.status, settled.outcome) == (CaseStatus.CLOSED, CaseOutcome.TWIN_OR_RELATIVE)
    assert status_of(registry, case) is EncounterStatus.ACTIVE


def test_two_who_name_different_candidates_disagree(registry: Registry) -> None:
    one, other = people(registry, "one", "other")
    case = pending_case(registry, "new", one, other)
    with pytest.raises(CaseForbiddenError, match="which candidate"):
        decide(registry, ADA, case.case_id, CaseOutcome.SAME_PERSON)
    decide(registry, ADA, case.case_id, CaseOutcome.SAME_PERSON, one)
    disputed = decide(registry, BEN, case.case_id, CaseOutcome.SAME_PERSON, other)
    assert disputed.status is CaseStatus.DISPUTED
    decide(registry, SUE, case.case_id, CaseOutcome.SAME_PERSON, other)
    assert registry.subject(case.subject_id).merged_into == other


def test_nobody_decides_twice_in_whatever_capacity(registry: Registry) -> None:
    case = pending_case(registry, "new", *people(registry, "known"))
    decide(registry, ADA, case.case_id, CaseOutcome.FRAUD)
    with pytest.raises(CaseForbiddenError, match="verdict on the case before"):
        decide(registry, ADA, case.case_id, CaseOutcome.FRAUD)
    decide(registry, BEN, case.case_id, CaseOutcome.DATA_ERROR)
    with pytest.raises(CaseForbiddenError, match="verdict on the case before"):
        decide(registry, Actor(name="ada", role=SUE.role), case.case_id, CaseOutcome.FRAUD)
    assert registry.case(case.case_id).status is CaseStatus.DISPUTED


def test_only_who_holds_a_case_decides_it_and_in_time(registry: Registry) -> None:
    case_id = pending_case(registry, "new", *people(registry, "known")).case_id
    with pytest.raises(CaseHolderError, match="do not hold"), registry.writing(ADA) as writer:
        writer.adjudication.decide(case_id, CaseOutcome.FRAUD, reason="looks alike")
    with registry.writing(ADA) as writer:
        writer.adjudication.assign(case_id, "ada", HOUR)
    with pytest.raises(CaseHolderError, match="another examiner holds"), registry.writing(BEN) as writer:
        writer.adjudication.assign(case_id, "ben", HOUR)
    with registry.writing(ADA) as writer:
        writer.adjudication.assign(case_id, "ada", timedelta(0))  # held anew, and over at once
    with pytest.raises(CaseHolderError, match="the time"), registry.writing(ADA) as writer:
        writer.adjudication.decide(case_id, CaseOutcome.FRAUD, reason="looks alike")
    with registry.writing(BEN) as writer:
        assert writer.adjudication.assign(case_id, "ben", HOUR).assigned_to == "ben"


def test_a_verdict_needs_words_and_sense(registry: Registry) -> None:
    one, other = people(registry, "one", "other")
    case_id = pending_case(registry, "new", one).case_id
    for reason in ("", " \n", "x" * 2_001, "half a character \udce9"):
        with pytest.raises(RecordError, match="a reason is needed"), registry.writing(ADA) as writer:
            writer.adjudication.decide(case_id, CaseOutcome.FRAUD, reason=reason)
    with pytest.raises(CaseForbiddenError, match="cannot come to"):
        decide(registry, ADA, case_id, CaseOutcome.UNFOUNDED)
    with pytest.raises(CaseForbiddenError, match="no candidate"):
        decide(registry, ADA, case_id, CaseOutcome.FRAUD, other)
    with pytest.raises(CaseForbiddenError, match="examiner may decide"):
        decide(registry, SUE, pending_case(registry, "newer", one).case_id, CaseOutcome.FRAUD)
    with pytest.raises(CaseForbiddenError, match="may assign"):
        decide(registry, OPERATOR, case_id, CaseOutcome.FRAUD)
    with pytest.raises(CaseForbiddenError, match="assigns cases to others"), registry.writing(ADA) as writer:
        writer.adjudication.assign(case_id, "ben", HOUR)
    with pytest.raises(RecordNotFoundError), registry.writing(ADA) as writer:
        writer.adjudication.assign("none", "ada", HOUR)
    assert registry.case(case_id).verdicts == ()


def test_a_case_without_candidates_asks_something_else(registry: Registry) -> None:
    case = pending_case(registry, "new")
    with pytest.raises(CaseForbiddenError, match="cannot come to same_person") as refused:
        decide(registry, ADA, case.case_id, CaseOutcome.SAME_PERSON)
    assert "data_error, fraud, insufficient_quality, unfounded" in str(refused.value)
    decide(registry, ADA, case.case_id, CaseOutcome.UNFOUNDED)
    assert status_of(registry, case) is EncounterStatus.ACTIVE


def test_an_encounter_waits_for_all_cases_about_it(registry: Registry) -> None:
    one, other = people(registry, "one", "other")
    case = pending_case(registry, "new", one)
    also = pair_case(registry, case.subject_id, other)
    assert registry.case(also).encounter_id == case.encounter_id
    decide(registry, ADA, case.case_id, CaseOutcome.DIFFERENT_PERSONS)
    assert status_of(registry, case) is EncounterStatus.PENDING
    decide(registry, ADA, also, CaseOutcome.DIFFERENT_PERSONS)
    assert status_of(registry, case) is EncounterStatus.ACTIVE


@pytest.mark.parametrize("outcome", [one for one in CaseOutcome if one is not CaseOutcome.UNFOUNDED])
def test_a_contest_undoes_what_was_decided_and_others_decide_anew(registry: Registry, outcome: CaseOutcome) -> None:
    (known,) = people(registry, "known")
    case = pending_case(registry, "new", known)
    for examiner in (ADA, BEN)[: 2 if outcome in ADVERSE else 1]:
        decide(registry, examiner, case.case_id, outcome)
    with registry.writing(OPERATOR) as writer:
        contested = writer.adjudication.contest(case.case_id, reason="the applicant says otherwise")
    assert (contested.status, contested.round, contested.contested) == (CaseStatus.OPEN, 2, True)
    assert contested.verdicts
    assert contested.reopenings[0].reason == "the applicant says otherwise"
    assert status_of(registry, case) is EncounterStatus.PENDING
    assert registry.subject(case.subject_id).status is SubjectStatus.ACTIVE
    assert len(registry.references(case.subject_id)) == 2
    assert registry.check() == []
    with pytest.raises(CaseForbiddenError):
        decide(registry, ADA, case.case_id, outcome)
    again = decide(registry, CLO, case.case_id, CaseOutcome.DIFFERENT_PERSONS)
    assert (again.outcome, [one.round for one in again.verdicts][-1]) == (CaseOutcome.DIFFERENT_PERSONS, 2)
    assert status_of(registry, case) is EncounterStatus.ACTIVE
    assert registry.check() == []


def test_only_closed_cases_are_contested_or_reopened_and_by_whom(registry: Registry) -> None:
    case = pending_case(registry, "new", *people(registry, "known"))
    with pytest.raises(CaseStateError, match="cannot contest"), registry.writing(OPERATOR) as writer:
        writer.adjudication.contest(case.case_id, reason="no")
    decide(registry, ADA, case.case_id, CaseOutcome.DATA_ERROR)
    with pytest.raises(CaseStateError, match="cannot assign"):
        decide(registry, BEN, case.case_id, CaseOutcome.DATA_ERROR)
    with pytest.raises(CaseForbiddenError, match="only a supervisor may reopen"), registry.writing(ADA) as writer:
        writer.adjudication.reopen(case.case_id, reason="on second thoughts")
    with registry.writing(SUE) as writer:
        reopened = writer.adjudication.reopen(case.case_id, reason="the wrong pictures were shown")
    assert (reopened.round, reopened.contested, reopened.closed_at, reopened.outcome) == (2, False, None, None)


@pytest.mark.parametrize(
    ("swapped", "outcome"), [(a, b) for a in (False, True) for b in CaseOutcome if b.value != "unfounded"]
)
def test_two_who_were_enrolled_before(registry: Registry, swapped: bool, outcome: CaseOutcome) -> None:
    older, newer = people(registry, "older", "newer")
    case_id = pair_case(registry, *((newer, older) if not swapped else (older, newer)))
    for examiner in (ADA, BEN)[: 2 if outcome in ADVERSE else 1]:
        decide(registry, examiner, case_id, outcome)
    statuses = [registry.subject(one).status for one in (older, newer)]
    expected = {
        CaseOutcome.SAME_PERSON: SubjectStatus.MERGED,
        CaseOutcome.FRAUD: SubjectStatus.INACTIVE,
    }.get(outcome, SubjectStatus.ACTIVE)
    assert statuses == [SubjectStatus.ACTIVE, expected]
    with registry.writing(TOM) as writer:
        writer.adjudication.reopen(case_id, reason="checked once more")
    assert [registry.subject(one).status for one in (older, newer)] == [SubjectStatus.ACTIVE] * 2
    assert [one.status for who in (older, newer) for one in registry.encounters(who)] == [EncounterStatus.ACTIVE] * 2
    assert registry.check() == []


def test_what_people_decided_is_not_asked_again_until_something_is_added(registry: Registry) -> None:
    one, other = people(registry, "one", "other")
    case_id = pair_case(registry, one, other)
    decide(registry, ADA, case_id, CaseOutcome.TWIN_OR_RELATIVE)
    assert pair_case(registry, other, one, priority=CasePriority.HIGH) == case_id
    assert registry.case(case_id).priority is CasePriority.NORMAL
    with registry.reading() as record:
        assert record.adjudication.deciding(other, one) == case_id
    people(registry, "somebody else")
    assert pair_case(registry, one, other) == case_id
    subject = registry.subject(other)
    with registry.writing() as writer:
        writer.add_encounter(subject, new_encounter(subject), new_references(subject, seed=9))
    assert pair_case(registry, one, other) != case_id


def test_a_reopened_case_is_the_question_again(registry: Registry) -> None:
    one, other = people(registry, "one", "other")
    case_id = pair_case(registry, one, other)
    decide(registry, ADA, case_id, CaseOutcome.DIFFERENT_PERSONS)
    with registry.writing(SUE) as writer:
        writer.adjudication.reopen(case_id, reason="checked once more")
        assert writer.adjudication.deciding(one, other) is None
    assert pair_case(registry, other, one) == case_id


def test_later_changes_keep_a_case_closed(registry: Registry) -> None:
    one, other, third = people(registry, "one", "other", "third")
    case_id = pair_case(registry, one, other)
    for examiner in (ADA, BEN):
        decide(registry, examiner, case_id, CaseOutcome.SAME_PERSON)
    with registry.writing() as writer:
        writer.merges.merge(one, third, reason="found later")
    with pytest.raises(RecordError, match="merged into another subject since"), registry.writing(SUE) as writer:
        writer.adjudication.reopen(case_id, reason="checked once more")
    assert registry.case(case_id).status is CaseStatus.CLOSED
    assert registry.check() == []


def test_every_step_leaves_an_event_and_no_words(registry: Registry) -> None:
    case = pending_case(registry, "new", *people(registry, "known"))
    events = registry.counts().events
    for examiner in (ADA, BEN):
        decide(registry, examiner, case.case_id, CaseOutcome.FRAUD)
    with registry.writing(SUE) as writer:
        writer.adjudication.reopen(case.case_id, reason="checked once more")
    told = registry.events(events)
    assert [(event.action, event.actor and event.actor.name) for event in told] == [
        ("case.assigned", "ada"),
        ("case.verdict", "ada"),
        ("case.assigned", "ben"),
        ("case.verdict", "ben"),
        ("case.closed", "ben"),
        ("case.reopened", "sue"),
    ]
    assert not any("ridges" in str(event.details) or "once more" in str(event.details) for event in told)
