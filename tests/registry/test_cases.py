"""Scores open cases and raise their priority; they never close one."""

from __future__ import annotations

import math

import pytest

from biometrics.cases import CaseCandidate, CasePriority, CaseStatus
from biometrics.errors import RecordError, RecordNotFoundError
from biometrics.records import EncounterStatus
from registry.store import Registry
from registry.writing import Writer
from tests.registry.people import enroll, new_encounter, new_references, new_subject


def candidate(subject_id: str, score: float = 8.5) -> CaseCandidate:
    return CaseCandidate(subject_id=subject_id, score=score, scores={"face": 0.75, "unknown": 40.0}, extrapolated=True)


def ask(
    registry: Registry | Writer, subject_id: str, *others: str, priority: CasePriority = CasePriority.NORMAL
) -> str:
    candidates = tuple(candidate(other) for other in others)
    return registry.open_case(subject_id=subject_id, candidates=candidates, priority=priority, reason="above review")


def enroll_pending(registry: Registry, label: str, *others: str) -> tuple[str, str, str]:
    subject = new_subject(label)
    encounter = new_encounter(subject, status=EncounterStatus.PENDING)
    with registry.writing() as writer:
        writer.add_encounter(subject, encounter, new_references(subject))
        return subject.subject_id, encounter.encounter_id, ask(writer, subject.subject_id, *others)


def test_a_case_is_read_back_as_it_was_opened(registry: Registry) -> None:
    first, second = enroll(registry, "one").subject_id, enroll(registry, "two").subject_id
    subject_id, encounter_id, case_id = enroll_pending(registry, "pending", second, first)
    case = registry.case(case_id)
    assert (case.encounter_id, case.subject_id) == (encounter_id, subject_id)
    assert case.candidates == (candidate(second), candidate(first))
    assert (case.priority, case.status, case.reason) == (CasePriority.NORMAL, CaseStatus.OPEN, "above review")
    assert registry.case_of_encounter(encounter_id) == case
    assert registry.cases() == registry.cases(CaseStatus.OPEN) == (case,)
    assert registry.cases(CaseStatus.CLOSED) == ()
    assert registry.counts().pending_encounters == registry.counts().open_cases == 1
    assert registry.check() == []


def test_the_same_question_is_one_case(registry: Registry) -> None:
    one, two, three = (enroll(registry, label).subject_id for label in ("one", "two", "three"))
    case_id = ask(registry, one, two)
    events = registry.counts().events
    assert ask(registry, one, two) == case_id
    assert ask(registry, two, one) == case_id
    assert registry.counts().events == events
    assert ask(registry, one, three) != case_id
    both = ask(registry, one, two, three)
    assert both == ask(registry, one, three, two)
    assert both != ask(registry, two, one, three)
    assert ask(registry, one, two) == case_id
    four = enroll(registry, "four").subject_id
    assert ask(registry, four, one, two, three) != ask(registry, four, one, two)  # lists of candidates are not merged
    assert registry.counts().open_cases == 6


def test_a_pending_encounter_has_a_case_of_its_own(registry: Registry) -> None:
    known = enroll(registry, "known").subject_id
    subject_id, first_encounter, first_case = enroll_pending(registry, "pending", known)
    with registry.writing() as writer:
        second = new_encounter(registry.subject(subject_id), status=EncounterStatus.PENDING)
        subject = registry.subject(subject_id)
        writer.add_encounter(subject, second, new_references(subject))
        second_case = ask(writer, subject_id, known)
    assert second_case != first_case
    assert registry.case_of_encounter(first_encounter).case_id == first_case
    assert registry.case_of_encounter(second.encounter_id).case_id == second_case
    assert ask(registry, subject_id, known) == second_case
    assert ask(registry, known, subject_id) in (first_case, second_case)
    assert registry.check() == []


def test_a_case_asks_about_its_subject_and_each_candidate(registry: Registry) -> None:
    first, second = enroll(registry, "capture 1").subject_id, enroll(registry, "capture 2").subject_id
    third, encounter_id, case_id = enroll_pending(registry, "capture 3", first, second)
    for one, other in ((third, first), (first, third), (third, second), (second, third)):
        assert ask(registry, one, other) == case_id
    between = ask(registry, first, second)
    assert between != case_id  # whether the two candidates are one person was nobody's question
    assert ask(registry, second, first) == between
    assert registry.case_of_encounter(encounter_id).case_id == case_id
    assert registry.counts().open_cases == 2
    assert registry.check() == []


def test_a_pending_candidate_needs_no_second_case(registry: Registry) -> None:
    known = enroll(registry, "known").subject_id
    candidate_id, _, candidate_case = enroll_pending(registry, "b", known)
    subject_id, _, case_id = enroll_pending(registry, "a", candidate_id)
    assert len({candidate_case, case_id}) == 2
    assert ask(registry, candidate_id, subject_id) == ask(registry, subject_id, candidate_id) == case_id
    assert registry.counts().open_cases == 2


def test_a_pending_encounter_that_others_ask_about_still_has_its_own_case(registry: Registry) -> None:
    known = enroll(registry, "known").subject_id
    subject = new_subject("pending")
    encounter = new_encounter(subject, status=EncounterStatus.PENDING)
    with registry.writing() as writer:
        writer.add_encounter(subject, encounter, new_references(subject))
        others = ask(writer, known, subject.subject_id)
        own = ask(writer, subject.subject_id, known)
        assert own != others
    assert registry.case_of_encounter(encounter.encounter_id).case_id == own
    assert registry.check() == []


def test_the_more_urgent_question_raises_the_case_that_asks_it(registry: Registry) -> None:
    first, second = enroll(registry, "capture 1").subject_id, enroll(registry, "capture 2").subject_id
    third, _, case_id = enroll_pending(registry, "capture 3", first, second)
    assert ask(registry, second, third, priority=CasePriority.HIGH) == case_id
    assert registry.case(case_id).priority is CasePriority.HIGH
    assert registry.case(case_id).candidates == (candidate(first), candidate(second))


def test_priority_only_rises(registry: Registry) -> None:
    one, two, three = (enroll(registry, label).subject_id for label in ("one", "two", "three"))
    normal, raised = ask(registry, one, two), ask(registry, one, three)
    assert [case.case_id for case in registry.cases()] == [normal, raised]
    assert ask(registry, three, one, priority=CasePriority.HIGH) == raised
    assert ask(registry, one, three, priority=CasePriority.NORMAL) == raised
    assert registry.case(raised).priority is CasePriority.HIGH
    assert [case.case_id for case in registry.cases()] == [raised, normal]
    assert [event.action for event in registry.events(3)] == ["case.opened", "case.opened", "case.raised"]


def test_questions_that_make_no_sense_are_refused(registry: Registry) -> None:
    one, two = enroll(registry, "one"), enroll(registry, "two").subject_id
    subject_id = one.subject_id
    with pytest.raises(RecordError, match="distinct others"):
        ask(registry, subject_id, subject_id)
    with pytest.raises(RecordError, match="distinct others"):
        ask(registry, subject_id, two, two)
    with pytest.raises(RecordNotFoundError):
        ask(registry, subject_id, "nobody")
    with pytest.raises(RecordNotFoundError):
        ask(registry, "nobody", two)
    for score in (math.nan, math.inf):
        with pytest.raises(RecordError, match="finite"):
            registry.open_case(
                subject_id=two, candidates=(candidate(subject_id, score),), priority=CasePriority.HIGH, reason="x"
            )
    with pytest.raises(RecordNotFoundError), registry.writing() as writer:
        writer.open_case(
            subject_id=two, candidates=(), priority=CasePriority.HIGH, reason="x", encounter_id=one.encounter_id
        )
    with pytest.raises(RecordNotFoundError):
        registry.case_of_encounter(one.encounter_id)
    assert registry.cases() == ()


def test_a_pending_encounter_without_a_case_does_not_commit(registry: Registry) -> None:
    subject = new_subject("forgotten")
    with pytest.raises(RecordError, match="needs an open case"), registry.writing() as writer:
        writer.add_encounter(subject, new_encounter(subject, status=EncounterStatus.PENDING), ())
    assert registry.counts().encounters == registry.counts().events == 0
