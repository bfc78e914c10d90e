"""The enrollment itself, with a real registry and gallery: outcomes, records, and simultaneous enrollments."""

from __future__ import annotations

import dataclasses
import math
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from api import wiring
from api.installation import Installation
from api.settings import Settings
from biometrics.cases import CasePriority, CaseStatus
from biometrics.decisions import Duplicate, EnrollmentOutcome, NeedsReview, NotEnrolled, Reason, Unique
from biometrics.errors import RecordConflictError, StorageError
from biometrics.protocols import ReferenceSource
from biometrics.records import EncounterContext, EncounterStatus
from biometrics.scores import CandidateList
from biometrics.templates import Probe
from enrollment.enroll import EnrollmentOffice
from enrollment.preparation import PreparedSubmission, prepare
from enrollment.submission import SampleSource, Submission
from matching.gallery import Gallery
from tests.enrollment.fakes import BLANK, fake_extractors, picture
from tests.enrollment.office import POLICY, new_gallery, open_office

Prepare = Callable[..., PreparedSubmission]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[EnrollmentOffice]:
    opened = open_office(tmp_path / "home")
    with opened.registry:
        yield opened


@pytest.fixture
def person(tmp_path: Path) -> Prepare:
    def prepared(label: str, number: int, capture: int = 0) -> PreparedSubmission:
        path = tmp_path / f"{label}.png"
        path.write_bytes(picture(number, capture))
        source = SampleSource(path=path, origin=str(path))
        return prepare(Submission(label=label, sources=(source,)), fake_extractors())

    return prepared


def test_a_new_person_is_unique_and_active(office: EnrollmentOffice, person: Prepare) -> None:
    outcome = office.enroll(person("A", 1))
    assert isinstance(outcome, Unique)
    (encounter,) = office.registry.encounters(outcome.subject_id)
    assert encounter.status is EncounterStatus.ACTIVE
    assert encounter.policy_version == POLICY.version
    assert office.registry.sample_bytes(encounter.samples[0].sha256) == picture(1, 0)
    (reference,) = office.registry.references(outcome.subject_id)
    assert reference.sample_sha256 == encounter.samples[0].sha256
    event = office.registry.events()[-1]
    assert (event.action, event.subject_id) == ("enrolled", outcome.subject_id)
    assert (event.details["gallery_size"], event.details["compared"], event.details["generation"]) == (0, 0, 0)
    office.gallery.follow(office.registry)
    office.gallery.check(office.registry)


def test_the_same_person_again_is_a_pending_duplicate_with_a_case(office: EnrollmentOffice, person: Prepare) -> None:
    first = office.enroll(person("A", 1))
    office.enroll(person("B", 2))
    outcome = office.enroll(person("A2", 1, capture=9))
    assert isinstance(first, Unique)
    assert isinstance(outcome, Duplicate)
    assert outcome.of == first.subject_id
    assert office.registry.encounters(outcome.subject_id)[0].status is EncounterStatus.PENDING
    (case,) = office.registry.cases(CaseStatus.OPEN)
    assert case.case_id == outcome.case_id
    assert case.priority is CasePriority.HIGH
    assert [candidate.subject_id for candidate in case.candidates] == [first.subject_id]
    assert case.candidates[0].score > 5


def test_a_doubtful_candidate_needs_review_at_normal_priority(tmp_path: Path, person: Prepare) -> None:
    # Rates so strict that even a true match is only doubtful.
    strict = dataclasses.replace(POLICY, duplicate_fpir=1e-30, review_fpir=0.01)
    office = open_office(tmp_path / "home", strict)
    with office.registry:
        office.enroll(person("A", 1))
        outcome = office.enroll(person("A2", 1, capture=9))
        assert isinstance(outcome, NeedsReview)
        assert office.registry.encounters(outcome.subject_id)[0].status is EncounterStatus.PENDING
        assert office.registry.case(outcome.case_id).priority is CasePriority.NORMAL


def test_an_incomplete_search_calls_nobody_unique(
    office: EnrollmentOffice, person: Prepare, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.enroll(person("A", 1))
    whole = Gallery.refresh

    def partial(self: Gallery, *arguments: object, **options: object) -> CandidateList:
        return dataclasses.replace(whole(self, *arguments, **options), complete=False)  # type: ignore[arg-type]

    monkeypatch.setattr(Gallery, "refresh", partial)
    outcome = office.enroll(person("B", 2))
    assert isinstance(outcome, NeedsReview)
    assert office.registry.case(outcome.case_id).candidates == ()


def test_an_unusable_sample_records_the_attempt_and_nothing_else(office: EnrollmentOffice, person: Prepare) -> None:
    outcome = office.enroll(person("A", BLANK))
    assert outcome == NotEnrolled(reasons=(Reason.BLANK_PRINT,))
    counts = office.registry.counts()
    assert (counts.subjects, counts.samples, counts.references, counts.changes) == (0, 0, 0, 0)
    assert counts.events == 1


def test_who_is_turned_away_counts_where_that_was(office: EnrollmentOffice, person: Prepare) -> None:
    met = EncounterContext(operator="operator-1", post="post-3")
    office.enroll(dataclasses.replace(person("A", BLANK), context=met))
    (event,) = office.registry.events()
    assert event.details["operator"] == "operator-1" and event.details["post"] == "post-3"
    assert event.details["galleries"] == ["citizens"]


def test_a_label_is_enrolled_once(office: EnrollmentOffice, person: Prepare) -> None:
    office.enroll(person("A", 1))
    with pytest.raises(RecordConflictError):
        office.enroll(person("A", 2))
    assert office.registry.counts().subjects == 1
    office.gallery.follow(office.registry)
    assert office.gallery.size == 1


def test_a_failing_commit_leaves_registry_and_gallery_as_they_were(
    office: EnrollmentOffice, person: Prepare, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.enroll(person("A", 1))

    def full(*_: object, **__: object) -> str:
        raise StorageError("disk full")

    monkeypatch.setattr("registry.writing.Writer.append_event", full)
    with pytest.raises(StorageError):
        office.enroll(person("B", 2))
    monkeypatch.undo()
    assert office.registry.counts().subjects == 1
    office.gallery.check(office.registry)
    assert isinstance(office.enroll(person("B", 2)), Unique)


def test_two_simultaneous_enrollments_of_one_person_are_never_both_unique(
    tmp_path: Path, person: Prepare, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both search an empty gallery before either commits, each in an office of its own, as two processes would."""
    home = tmp_path / "home"
    offices = [open_office(home), open_office(home)]
    both_have_searched = threading.Barrier(2)
    search = Gallery.search

    def search_then_wait(self: Gallery, *arguments: object, **options: object) -> CandidateList:
        found = search(self, *arguments, **options)  # type: ignore[arg-type]
        both_have_searched.wait(timeout=30)
        return found

    monkeypatch.setattr(Gallery, "search", search_then_wait)
    twins = [person("A", 1, capture=0), person("A2", 1, capture=5)]
    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(lambda pair: pair[0].enroll(pair[1]), zip(offices, twins, strict=True)))
    kinds = sorted(type(outcome).__name__ for outcome in outcomes)
    assert kinds == ["Duplicate", "Unique"]
    for office in offices:
        office.gallery.follow(office.registry)
        office.gallery.check(office.registry)
        office.registry.close()


def test_many_threads_on_one_office_enroll_everybody_once(office: EnrollmentOffice, person: Prepare) -> None:
    people = [person(f"P{number}", number) for number in range(12)]
    again = [person(f"Q{number}", number, capture=3) for number in range(12)]
    with ThreadPoolExecutor(4) as pool:
        outcomes: list[EnrollmentOutcome] = list(pool.map(office.enroll, people + again))
    unique = [outcome for outcome in outcomes if isinstance(outcome, Unique)]
    duplicates = [outcome for outcome in outcomes if isinstance(outcome, Duplicate)]
    assert len(unique) == len(duplicates) == 12
    assert {outcome.of for outcome in duplicates} == {outcome.subject_id for outcome in unique}
    office.gallery.follow(office.registry)
    office.gallery.check(office.registry)
    assert office.registry.check() == []


def test_a_rebuilt_gallery_finds_whom_the_first_one_enrolled(office: EnrollmentOffice, person: Prepare) -> None:
    office.enroll(person("A", 1))
    rebuilt = new_gallery()
    rebuilt.follow(office.registry)
    again = EnrollmentOffice(registry=office.registry, gallery=rebuilt, policy=POLICY)
    assert isinstance(again.enroll(person("A2", 1, capture=2)), Duplicate)


def barely_doubtful(office: EnrollmentOffice, prepared: PreparedSubmission, gallery_size: int) -> EnrollmentOffice:
    """Return the office with a policy whose review threshold, in a gallery of this size, lies just above the best."""
    best = office.gallery.search(Probe(templates=prepared.templates)).candidates[0].fmr.value
    review_fpir = -math.expm1(gallery_size * math.log1p(-best * 1.0001))
    policy = dataclasses.replace(POLICY, duplicate_fpir=1e-300, review_fpir=review_fpir, smallest_gallery=1)
    return dataclasses.replace(office, policy=policy)


def test_a_candidate_just_inside_the_review_threshold_is_not_lost(office: EnrollmentOffice, person: Prepare) -> None:
    for number in range(8):
        office.enroll(person(f"P{number}", number))
    office.gallery.follow(office.registry)
    again = person("again", 3, capture=1)
    outcome = barely_doubtful(office, again, gallery_size=8).enroll(again)
    assert isinstance(outcome, NeedsReview)
    assert len(office.registry.case(outcome.case_id).candidates) == 1


def test_a_threshold_relaxed_by_a_retirement_loses_no_candidate(
    office: EnrollmentOffice, person: Prepare, monkeypatch: pytest.MonkeyPatch
) -> None:
    enrolled = [office.enroll(person(f"P{number}", number)) for number in range(8)]
    office.gallery.follow(office.registry)
    again, leaving = person("again", 3, capture=1), enrolled[0]
    assert isinstance(leaving, Unique)
    search = Gallery.search
    strict = barely_doubtful(office, again, gallery_size=7)

    def search_then_retire(self: Gallery, *arguments: object, **options: object) -> CandidateList:
        found = search(self, *arguments, **options)  # type: ignore[arg-type]
        with office.registry.writing() as writer:
            writer.retire_encounter(writer.encounters(leaving.subject_id)[0].encounter_id)
        return found

    monkeypatch.setattr(Gallery, "search", search_then_retire)
    assert isinstance(strict.enroll(again), NeedsReview)


def test_the_gallery_is_built_and_checked_on_one_snapshot(
    tmp_path: Path, person: Prepare, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else commits between following and checking: no disagreement, just not yet seen."""
    installation = Installation(home=tmp_path / "home", settings=Settings())
    with wiring.open_registry(installation, create=True) as registry:
        office = wiring.open_office(registry, installation)
        office.enroll(person("A", 1))
        check = Gallery.check

        def commit_then_check(self: Gallery, source: ReferenceSource) -> None:
            office.enroll(person("B", 2))
            check(self, source)

        monkeypatch.setattr(Gallery, "check", commit_then_check)
        assert wiring.open_gallery(registry, installation).generation == 1
