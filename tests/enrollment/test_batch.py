"""Batches: everybody gets a result, in order; one failure stops nobody; a second run repeats nothing."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from biometrics.cases import CasePriority
from biometrics.decisions import Duplicate, EnrollmentOutcome, Unique
from biometrics.errors import ImageFormatError, ManifestError, RecordConflictError
from biometrics.extraction import Extraction
from biometrics.positions import Modality
from biometrics.samples import BiometricSample
from enrollment.batch import EnrollmentResult, enroll_all, outcome_name
from enrollment.enroll import EnrollmentOffice
from enrollment.intake import gather
from enrollment.preparation import Extractors, PreparedSubmission
from tests.enrollment.fakes import BLANK, BROKEN, FakeExtractor, fake_extractors, picture, write_pictures
from tests.enrollment.office import POLICY, open_office


@pytest.fixture
def office(tmp_path: Path) -> Iterator[EnrollmentOffice]:
    opened = open_office(tmp_path / "home")
    with opened.registry:
        yield opened


def run(
    office: EnrollmentOffice, *paths: Path, threads: int = 2, extractors: Extractors | None = None
) -> list[EnrollmentResult]:
    intake = gather(paths, modality=Modality.FINGER)
    return list(enroll_all(intake, office, extractors or fake_extractors(), threads=threads))


def counting_extractors(seen: list[int]) -> Extractors:
    """Return extractors that note every person they are shown."""

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Counting(FakeExtractor):
        def extract(self, sample: BiometricSample) -> Extraction:
            seen.append(int(sample.pixels[0, 1]))
            return FakeExtractor.extract(self, sample)

    return Extractors(finger=Counting(modality=Modality.FINGER), face=Counting(modality=Modality.FACE))


def counts(results: list[EnrollmentResult]) -> dict[str, int]:
    return dict(Counter(outcome_name(result) for result in results))


def test_results_come_in_order_and_duplicates_name_the_first(office: EnrollmentOffice, tmp_path: Path) -> None:
    write_pictures(tmp_path / "in", [(f"p{number:02}", number % 10, number // 10) for number in range(20)])
    results = run(office, tmp_path / "in", threads=3)
    assert [result.label for result in results] == [f"p{number:02}" for number in range(20)]
    assert counts(results) == {"unique": 10, "duplicate": 10}
    first = {result.outcome.subject_id for result in results if isinstance(result.outcome, Unique)}
    assert {result.outcome.of for result in results if isinstance(result.outcome, Duplicate)} == first


def test_failures_are_listed_and_the_rest_goes_on(office: EnrollmentOffice, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    write_pictures(folder, [("a", 1, 0), ("b", BROKEN, 0), ("c", BLANK, 0), ("e", 5, 0)])
    (folder / "d.png").write_bytes(b"not an image")
    results = {result.label: result for result in run(office, folder)}
    assert counts(list(results.values())) == {"unique": 2, "failed": 2, "not_enrolled": 1}
    assert isinstance(results["d"].error, ImageFormatError)
    assert results["d"].error.source == str(folder / "d.png")
    assert results["c"].warnings
    assert office.registry.counts().subjects == 2
    assert office.registry.check() == []


def test_refused_manifest_lines_are_results_too(office: EnrollmentOffice, tmp_path: Path) -> None:
    write_pictures(tmp_path, [("a", 1, 0)])
    (tmp_path / "people.csv").write_text("person,path\nP1,absent.png\nP2,a.png\n")
    refused, enrolled = run(office, tmp_path / "people.csv")
    assert (refused.label, enrolled.label) == ("P1", "P2")
    assert isinstance(refused.error, ManifestError)
    assert isinstance(enrolled.outcome, Unique)


def test_running_again_reports_the_same_outcomes_and_writes_nothing(office: EnrollmentOffice, tmp_path: Path) -> None:
    write_pictures(tmp_path / "in", [("a", 1, 0), ("b", 1, 1), ("c", 2, 0)])
    first = run(office, tmp_path / "in")
    events = office.registry.counts().events
    second = run(office, tmp_path / "in")
    assert [result.outcome for result in second] == [result.outcome for result in first]
    assert all(result.repeated for result in second)
    assert not any(result.repeated for result in first)
    assert office.registry.counts().events == events


def test_running_again_extracts_only_who_is_new(office: EnrollmentOffice, tmp_path: Path) -> None:
    write_pictures(tmp_path / "in", [("a", 1, 0), ("b", 1, 1), ("c", 2, 0), ("d", BLANK, 0)])
    first = run(office, tmp_path / "in")
    write_pictures(tmp_path / "in", [("b2", 5, 0), ("c", 3, 0)])
    seen: list[int] = []
    second = run(office, tmp_path / "in", extractors=counting_extractors(seen))
    assert sorted(seen) == sorted([5, BLANK & 255])
    assert [result.label for result in second] == ["a", "b", "b2", "c", "d"]
    assert [outcome_name(result) for result in second] == ["unique", "duplicate", "unique", "failed", "not_enrolled"]
    assert [result.qualities for result in second[:2]] == [result.qualities for result in first[:2]]
    assert second[0].qualities == (("a.png", 50),)
    assert isinstance(second[3].error, RecordConflictError)


def test_a_known_persons_missing_file_is_named(office: EnrollmentOffice, tmp_path: Path) -> None:
    write_pictures(tmp_path / "in", [("a", 1, 0)])
    run(office, tmp_path / "in")
    intake = gather([tmp_path / "in"], modality=Modality.FINGER)
    (tmp_path / "in" / "a.png").unlink()
    (result,) = enroll_all(intake, office, fake_extractors(), threads=1)
    assert isinstance(result.error, ImageFormatError)
    assert result.error.source == str(tmp_path / "in" / "a.png")


def test_who_was_enrolled_during_extraction_is_repeated_too(office: EnrollmentOffice, tmp_path: Path) -> None:
    write_pictures(tmp_path / "in", [("a", 1, 0), ("b", 2, 0)])
    results = enroll_all(
        gather([tmp_path / "in"], modality=Modality.FINGER), office, fake_extractors(), threads=1
    )  # two persons are ahead before the first is enrolled
    first = next(results)
    (again,) = run(office, tmp_path / "in" / "b.png")
    second = next(results)
    assert not first.repeated
    assert (again.repeated, second.repeated) == (False, True)
    assert again.outcome == second.outcome
    assert again.qualities == second.qualities


def test_persons_wait_for_the_writer_without_pixels(
    office: EnrollmentOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_pictures(tmp_path / "in", [("a", 1, 0), ("b", 2, 0)])
    sizes: list[int] = []
    enroll = EnrollmentOffice.enroll

    def watched(self: EnrollmentOffice, prepared: PreparedSubmission) -> EnrollmentOutcome:
        sizes.extend(one.sample.pixels.size + one.image.pixels.size for one in prepared.samples)
        return enroll(self, prepared)

    monkeypatch.setattr(EnrollmentOffice, "enroll", watched)
    assert counts(run(office, tmp_path / "in")) == {"unique": 2}
    assert sizes == [2, 2]


def test_a_known_label_with_other_samples_is_a_conflict(office: EnrollmentOffice, tmp_path: Path) -> None:
    write_pictures(tmp_path / "in", [("a", 1, 0)])
    run(office, tmp_path / "in")
    (tmp_path / "in" / "a.png").write_bytes(picture(2))
    (result,) = run(office, tmp_path / "in")
    assert isinstance(result.error, RecordConflictError)
    assert office.registry.counts().subjects == 1


def test_a_batch_that_is_abandoned_keeps_what_was_yielded(office: EnrollmentOffice, tmp_path: Path) -> None:
    write_pictures(tmp_path / "in", [(f"p{number}", number, 0) for number in range(8)])
    intake = gather([tmp_path / "in"], modality=Modality.FINGER)
    results = enroll_all(intake, office, fake_extractors(), threads=2)
    done = [next(results).label for _ in range(3)]
    results.close()  # type: ignore[attr-defined]
    assert {subject.label for subject in office.registry.subjects()} == set(done)


def test_a_mistake_of_ours_costs_one_person(
    office: EnrollmentOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_pictures(tmp_path / "in", [("a", 1, 0), ("b", 2, 0), ("c", 3, 0)])
    enroll = EnrollmentOffice.enroll

    def stumble(self: EnrollmentOffice, prepared: PreparedSubmission) -> EnrollmentOutcome:
        if prepared.label == "b":
            raise TypeError("a mistake of ours")
        return enroll(self, prepared)

    monkeypatch.setattr(EnrollmentOffice, "enroll", stumble)
    results = {result.label: result for result in run(office, tmp_path / "in")}
    assert counts(list(results.values())) == {"unique": 2, "failed": 1}
    assert "internal error TypeError" in str(results["b"].error)


def test_whom_another_process_enrolled_just_now_is_reported_as_enrolled(
    office: EnrollmentOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_pictures(tmp_path / "in", [("a", 1, 0)])
    enroll = EnrollmentOffice.enroll

    def others_come_first(self: EnrollmentOffice, prepared: PreparedSubmission) -> EnrollmentOutcome:
        enroll(self, prepared)
        return enroll(self, prepared)

    monkeypatch.setattr(EnrollmentOffice, "enroll", others_come_first)
    (result,) = run(office, tmp_path / "in")
    assert result.repeated
    assert isinstance(result.outcome, Unique)
    assert office.registry.counts().subjects == 1


def test_the_same_file_with_another_position_is_a_conflict(office: EnrollmentOffice, tmp_path: Path) -> None:
    write_pictures(tmp_path, [("a", 1, 0)])
    manifest = tmp_path / "people.csv"
    manifest.write_text("person,position,path,ppi\nP,right_index,a.png,500\n")
    run(office, manifest)
    assert run(office, manifest)[0].repeated
    for line in ("P,left_ring,a.png,500", "P,right_index,a.png,569"):
        manifest.write_text(f"person,position,path,ppi\n{line}\n")
        (result,) = run(office, manifest)
        assert isinstance(result.error, RecordConflictError)
        assert "another position or resolution" in result.error.message


def test_an_earlier_outcome_stays_what_it_was_when_its_case_becomes_urgent(tmp_path: Path) -> None:
    doubtful = dataclasses.replace(POLICY, duplicate_fpir=1e-300)
    write_pictures(tmp_path / "in", [("a", 1, 0), ("b", 1, 1)])
    office = open_office(tmp_path / "home", doubtful)
    with office.registry as registry:
        first = run(office, tmp_path / "in")
        assert counts(first) == {"unique": 1, "needs_review": 1}
        case = registry.cases()[0]
        registry.open_case(
            subject_id=case.subject_id, candidates=case.candidates, priority=CasePriority.HIGH, reason="again"
        )
        assert registry.case(case.case_id).priority is CasePriority.HIGH
        assert [result.outcome for result in run(office, tmp_path / "in")] == [result.outcome for result in first]
