"""What examiners decide reaches the gallery: who is searched, as whom, and what deduplication asks again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from biometrics.cases import CaseDoubt, CaseOutcome
from biometrics.decisions import Duplicate, Unique
from biometrics.templates import Probe
from enrollment.deduplication.office import DeduplicationOffice
from enrollment.deduplication.state import read_report
from enrollment.enroll import EnrollmentOffice
from enrollment.preparation import PreparedSubmission, prepare
from enrollment.submission import SampleSource, Submission
from tests.enrollment.fakes import fake_extractors, picture
from tests.enrollment.office import POLICY, new_gallery, open_office
from tests.registry.adjudication import ADA, BEN, CLO, OPERATOR, SUE, decide


@pytest.fixture
def office(tmp_path: Path) -> Iterator[EnrollmentOffice]:
    opened = open_office(tmp_path / "home")
    yield opened
    opened.registry.close()


def prepared(folder: Path, label: str, person: int, capture: int = 0) -> PreparedSubmission:
    path = folder / f"{label}.png"
    path.write_bytes(picture(person, capture))
    submission = Submission(label=label, sources=(SampleSource(path=path, origin=str(path)),))
    return prepare(submission, fake_extractors())


def found(office: EnrollmentOffice, one: PreparedSubmission) -> set[str]:
    """Return whom a search of the gallery brings up, once it follows; it must be the registry's."""
    office.gallery.follow(office.registry)
    office.gallery.check(office.registry)
    anew = new_gallery()
    anew.follow(office.registry)
    answers = [
        {
            candidate.subject_id
            for candidate in gallery.search(Probe(templates=one.templates), limit=3).candidates
            if candidate.score > 6
        }
        for gallery in (office.gallery, anew)
    ]
    assert answers[0] == answers[1]
    return answers[0]


def enroll_twice(office: EnrollmentOffice, folder: Path) -> tuple[str, Duplicate]:
    first = office.enroll(prepared(folder, "first", 1))
    second = office.enroll(prepared(folder, "second", 1, capture=7))
    assert isinstance(first, Unique)
    assert isinstance(second, Duplicate)
    return first.subject_id, second


def test_a_case_keeps_what_was_searched(office: EnrollmentOffice, tmp_path: Path) -> None:
    _, second = enroll_twice(office, tmp_path)
    case = office.registry.case(second.case_id)
    evidence = case.evidence
    assert (evidence.policy_version, evidence.gallery_size, evidence.compared) == ("test", 1, 1)
    assert evidence.duplicate_fmr is not None
    assert evidence.review_fmr is not None
    assert 0 < evidence.duplicate_fmr < evidence.review_fmr
    assert evidence.models == {"finger": "fake-finger/1"}
    assert evidence.calibrations == {"finger": "simulated", "face": "simulated"}
    assert evidence.doubts == ()
    (candidate,) = case.candidates
    assert 0 < candidate.fmrs["unknown"] < evidence.duplicate_fmr


@pytest.mark.parametrize("outcome", [CaseOutcome.DATA_ERROR, CaseOutcome.FRAUD, CaseOutcome.SAME_PERSON])
def test_the_gallery_follows_a_decision_and_its_undoing(
    office: EnrollmentOffice, tmp_path: Path, outcome: CaseOutcome
) -> None:
    first, second = enroll_twice(office, tmp_path)
    probe = prepared(tmp_path, "probe", 1, capture=9)
    both = {first, second.subject_id}
    assert found(office, probe) == both
    for examiner in (ADA, BEN)[: 2 if outcome.adverse else 1]:
        decide(office.registry, examiner, second.case_id, outcome)
    assert found(office, probe) == (both if outcome is CaseOutcome.FRAUD else {first})
    with office.registry.writing(OPERATOR) as writer:
        writer.adjudication.contest(second.case_id, reason="this is me")
    assert found(office, probe) == both
    decide(office.registry, CLO, second.case_id, CaseOutcome.TWIN_OR_RELATIVE)
    assert found(office, probe) == both
    assert office.registry.check() == []


def test_the_next_attempt_of_who_was_rejected_is_found(office: EnrollmentOffice, tmp_path: Path) -> None:
    _, second = enroll_twice(office, tmp_path)
    for examiner in (ADA, BEN):
        decide(office.registry, examiner, second.case_id, CaseOutcome.FRAUD)
    third = office.enroll(prepared(tmp_path, "third", 1, capture=8))
    assert isinstance(third, Duplicate)
    named = {candidate.subject_id for candidate in office.registry.case(third.case_id).candidates}
    assert second.subject_id in named


def test_deduplication_asks_again_only_what_is_new(office: EnrollmentOffice, tmp_path: Path) -> None:
    _, second = enroll_twice(office, tmp_path)
    runs = DeduplicationOffice(
        registry=office.registry, gallery=office.gallery, policy=POLICY, folder=tmp_path / "home" / "dedup"
    )

    def asked() -> list[str]:
        return [one.case_id for one in read_report(runs.store, runs.run().run_id).pairs]

    assert asked() == [second.case_id]
    decide(office.registry, ADA, second.case_id, CaseOutcome.TWIN_OR_RELATIVE)
    assert asked() == []
    with office.registry.writing(SUE) as writer:
        writer.adjudication.reopen(second.case_id, reason="checked once more")
    assert asked() == [second.case_id]
    evidence = office.registry.case(second.case_id).evidence
    assert CaseDoubt.ATTACK_SUSPECTED not in evidence.doubts
