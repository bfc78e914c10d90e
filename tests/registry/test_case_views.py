"""What examiners see before their verdict, and cases with known truth, which they cannot tell from others."""

from __future__ import annotations

import dataclasses
from collections import Counter

import pytest
from sqlalchemy import insert

from biometrics.case_views import BlindView, RevealedView
from biometrics.cases import CaseKind, CaseOutcome, CaseStatus
from biometrics.error_rates import ErrorRate
from biometrics.errors import CaseForbiddenError
from biometrics.records import Actor, ActorRole, EncounterStatus, SubjectStatus
from registry.case_viewing import numbered_candidates
from registry.store import Registry
from registry.tables.cases import examiners
from tests.registry.adjudication import ADA, BEN, CLO, HOUR, OPERATOR, SUE, decide, pair_case, pending_case, people
from tests.registry.people import enroll, new_encounter, new_references

ALL, NONE = 1.0, 0.0


def take(registry: Registry, actor: Actor, share: float) -> str | None:
    with registry.writing(actor) as writer:
        case = writer.adjudication.take_next(HOUR, share)
    return None if case is None else case.case_id


def enroll_again(registry: Registry, label: str) -> str:
    """Record a second encounter of somebody; return the subject."""
    subject = registry.subject(enroll(registry, label).subject_id)
    digest = registry.keep_sample(f"second print of {label}".encode())
    with registry.writing() as writer:
        writer.add_encounter(subject, new_encounter(subject, (digest,)), new_references(subject, seed=1))
    return subject.subject_id


def plant_seed(registry: Registry, examiner: str) -> None:
    """Record the seed that says which cases an examiner is handed."""
    with registry.writing() as writer:
        writer._connection.execute(insert(examiners).values(examiner=examiner, seed="a recorded seed", handed=0))
        writer.append_event("test.planted", None, {})


def view(registry: Registry, case_id: str, actor: Actor) -> BlindView | RevealedView:
    with registry.reading() as record:
        return record.adjudication.view(case_id, actor)


def test_an_examiner_sees_pictures_and_a_question(registry: Registry) -> None:
    one, other = people(registry, "one", "other")
    case_id = pair_case(registry, one, other)
    with pytest.raises(CaseForbiddenError, match="neither hold"):
        view(registry, case_id, ADA)
    assert take(registry, ADA, NONE) == case_id
    seen = view(registry, case_id, ADA)
    assert isinstance(seen, BlindView)
    assert [len(side) for side in (seen.samples, *(one.samples for one in seen.candidates))] == [2, 2]
    assert CaseOutcome.UNFOUNDED not in seen.outcomes
    told = repr(seen)
    assert not any(hidden in told for hidden in (one, other, "8.5", "40.0", "1e-07", "above review", "deduplication"))
    with pytest.raises(CaseForbiddenError, match="neither hold"):
        view(registry, case_id, BEN)
    for actor in (OPERATOR, Actor(name="ada", role=ActorRole.OPERATOR)):
        with pytest.raises(CaseForbiddenError):
            view(registry, case_id, actor)


def test_first_and_second_look_are_alike_and_everything_comes_after_the_verdict(registry: Registry) -> None:
    case_id = pair_case(registry, *people(registry, "one", "other"))
    take(registry, ADA, NONE)
    first = view(registry, case_id, ADA)
    decide(registry, ADA, case_id, CaseOutcome.FRAUD)
    assert take(registry, ADA, NONE) is None  # not to whoever gave the first verdict
    assert take(registry, BEN, NONE) == case_id
    assert view(registry, case_id, BEN) == first
    after = view(registry, case_id, ADA)
    assert isinstance(after, RevealedView)
    assert after.case.candidates[0].score == 8.5
    assert isinstance(view(registry, case_id, SUE), RevealedView)


def test_candidates_stand_in_no_order_of_likeness(registry: Registry) -> None:
    others = people(registry, *(f"person {number}" for number in range(6)))
    ranks: Counter[int] = Counter()
    for number in range(20):
        case = pending_case(registry, f"new {number}", *others)
        order = numbered_candidates(case)
        assert set(order) == set(others)
        ranks[order.index(others[0])] += 1
    assert len(ranks) > 3


def test_a_case_is_handed_out_to_one_and_kept_until_decided(registry: Registry) -> None:
    one, other, third = people(registry, "one", "other", "third")
    older, newer = pair_case(registry, one, other), pair_case(registry, one, third)
    assert [take(registry, ADA, NONE) for _ in range(2)] == [older, older]
    assert take(registry, BEN, NONE) == newer
    assert take(registry, CLO, NONE) is None
    assert take(registry, SUE, NONE) is None  # what examiners agree on needs no supervisor
    decide(registry, ADA, older, CaseOutcome.FRAUD)
    decide(registry, BEN, newer, CaseOutcome.FRAUD)
    assert take(registry, BEN, NONE) == older
    decide(registry, BEN, older, CaseOutcome.DATA_ERROR)
    assert take(registry, SUE, NONE) == older
    with pytest.raises(CaseForbiddenError, match="may assign"), registry.writing(OPERATOR) as writer:
        writer.adjudication.assign(newer, "olu", HOUR)


def test_known_truth_looks_like_any_other_case_and_changes_nothing(registry: Registry) -> None:
    twice = enroll_again(registry, "twice")
    case_id = pair_case(registry, *people(registry, "one", "other"))
    waiting, backlog = registry.cases(), registry.counts().open_cases
    seeded = take(registry, ADA, ALL)
    assert seeded is not None
    assert seeded != case_id
    seen = view(registry, seeded, ADA)
    assert take(registry, BEN, NONE) == case_id
    other = view(registry, case_id, BEN)
    assert isinstance(seen, BlindView)
    assert isinstance(other, BlindView)
    assert (len(seen.candidates), seen.doubts, seen.outcomes) == (1, other.doubts, other.outcomes)
    assert {one.position for one in seen.samples} <= {one.position for one in other.samples}
    assert seen.samples != seen.candidates[0].samples
    assert registry.counts().open_cases == backlog
    assert [one.case_id for one in registry.cases()] == [one.case_id for one in waiting]
    closed = decide(registry, ADA, seeded, CaseOutcome.SAME_PERSON)
    assert (closed.kind, closed.status) == (CaseKind.SEEDED, CaseStatus.CLOSED)
    assert registry.subject(twice).status is SubjectStatus.ACTIVE
    assert {one.status for one in registry.encounters(twice)} == {EncounterStatus.ACTIVE}
    with pytest.raises(CaseForbiddenError, match="is known"), registry.writing(SUE) as writer:
        writer.adjudication.reopen(seeded, reason="checked once more")
    assert registry.check() == []


def test_errors_of_examiners_are_counted(registry: Registry) -> None:
    for number in range(8):
        enroll_again(registry, f"person {number}")
    plant_seed(registry, "ada")
    given = [CaseOutcome.SAME_PERSON, CaseOutcome.TWIN_OR_RELATIVE, CaseOutcome.INSUFFICIENT_QUALITY] * 4
    truths: list[bool] = []
    for number, outcome in enumerate(given):
        pair_case(registry, *people(registry, f"one {number}", f"other {number}"))
        seeded = take(registry, ADA, ALL)
        case = registry.case(str(seeded))
        if case.kind is not CaseKind.SEEDED:
            break
        truths.append(case.subject_id == case.candidates[0].subject_id)
        decide(registry, ADA, case.case_id, outcome)
    assert 3 < len(truths) <= len(given)
    said = list(zip(truths, given, strict=False))
    false_matches = [outcome.adverse for truth, outcome in said if not truth and (outcome.adverse or outcome.parts)]
    false_non_matches = [outcome.parts for truth, outcome in said if truth and (outcome.adverse or outcome.parts)]
    with registry.reading() as record:
        (errors,) = record.adjudication.examiner_errors()
    assert errors.examiner == "ada"
    assert errors.false_matches == (ErrorRate.of(sum(false_matches), len(false_matches)) if false_matches else None)
    assert errors.false_non_matches == ErrorRate.of(sum(false_non_matches), len(false_non_matches))
    assert errors.undecided == sum(outcome is CaseOutcome.INSUFFICIENT_QUALITY for _, outcome in said)


def test_the_recorded_seed_says_which_cases_are_known(registry: Registry) -> None:
    for number in range(12):
        enroll_again(registry, f"person {number}")
    plant_seed(registry, "ada")
    kinds = []
    for number in range(20):
        pair_case(registry, *people(registry, f"one {number}", f"other {number}"))
        case = registry.case(str(take(registry, ADA, 0.3)))
        kinds.append(case.kind is CaseKind.SEEDED)
        decide(registry, ADA, case.case_id, CaseOutcome.DATA_ERROR)
    assert "".join("x" if one else "." for one in kinds) == "....x..xx..x.....x.x"


def test_views_have_no_room_for_what_is_hidden() -> None:
    names = {field.name for field in dataclasses.fields(BlindView)}
    assert names == {"case_id", "samples", "candidates", "doubts", "outcomes"}
