"""A registry is moved to another model as a job that can be stopped, goes on, and loses nobody in silence."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from biometrics.errors import ConfigurationError, IncompatibleTemplatesError, RecordConflictError
from biometrics.extraction import Extraction
from biometrics.positions import Modality
from biometrics.samples import BiometricSample
from biometrics.templates import TemplateFormat
from enrollment.batch import enroll_all
from enrollment.enroll import EnrollmentOffice
from enrollment.intake import gather
from enrollment.preparation import prepare
from enrollment.reextraction import COMMIT_EVERY, ReextractionOffice
from enrollment.submission import SampleSource, Submission
from registry.replacement import Replacement, Staged, StagedResult
from registry.store import Registry
from tests.enrollment.fakes import FACE_FORMAT, fake_extractors, picture
from tests.enrollment.office import open_office
from tests.enrollment.other_extractors import NEWER_FORMAT, NewerExtractor
from tests.registry.raw import sample_file

PEOPLE = COMMIT_EVERY + 8
OTHER_FORMAT = dataclasses.replace(NEWER_FORMAT, version="2")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[EnrollmentOffice]:
    """People with a face each, the first with a finger too."""
    folder = tmp_path / "people"
    folder.mkdir()
    lines = ["person,modality,path"]
    for number in range(PEOPLE):
        (folder / f"face{number}.png").write_bytes(picture(number, color=True))
        lines.append(f"P{number},face,face{number}.png")
    (folder / "finger.png").write_bytes(picture(500))
    (folder / "people.csv").write_text("\n".join([*lines, "P0,finger,finger.png"]))
    opened = open_office(tmp_path / "home")
    with opened.registry:
        results = list(enroll_all(gather([folder / "people.csv"]), opened, fake_extractors(), threads=1))
        assert all(result.error is None for result in results)
        yield opened


def job(registry: Registry, extractor: object | None = None) -> ReextractionOffice:
    chosen = NewerExtractor() if extractor is None else extractor
    return ReextractionOffice(registry=registry, extractor=chosen, modality=Modality.FACE, threads=2)  # type: ignore[arg-type]


def faces(registry: Registry) -> dict[str, int]:
    return {use.model_id: use.references for use in registry.models_in_use() if use.modality is Modality.FACE}


@dataclasses.dataclass(slots=True)
class Interrupted:
    """Stops the process, as Ctrl-C would, after some samples."""

    left: int
    format: TemplateFormat = NEWER_FORMAT

    def extract(self, sample: BiometricSample) -> Extraction:
        self.left -= 1
        if self.left < 0:
            raise KeyboardInterrupt
        return NewerExtractor().extract(sample)


def test_everybody_is_moved(office: EnrollmentOffice) -> None:
    registry = office.registry
    steps: list[tuple[int, int]] = []
    done = job(registry).run(progress=lambda one, total, _: steps.append((one, total)))
    assert (done.finished, done.made, done.left_out) == (True, PEOPLE, ())
    assert faces(registry) == {NEWER_FORMAT.model_id: PEOPLE}
    assert steps == [(0, PEOPLE), (COMMIT_EVERY, PEOPLE), (PEOPLE, PEOPLE)]
    subject = registry.subject_by_label("P0")
    assert subject is not None
    references = registry.references(subject.subject_id)
    assert {one.template.modality for one in references} == set(Modality)
    assert all(one.sample_sha256 for one in references)
    assert registry.check() == []
    again = job(registry).run()
    assert (again.finished, again.made) == (True, 0)
    assert registry.latest_sequence() == PEOPLE * 3


def test_it_goes_on_where_it_was_stopped(office: EnrollmentOffice) -> None:
    registry = office.registry
    with pytest.raises(KeyboardInterrupt):
        job(registry, Interrupted(COMMIT_EVERY + 3)).run()
    assert faces(registry) == {FACE_FORMAT.model_id: PEOPLE}
    staged = registry.staged()
    assert staged is not None and staged.made == COMMIT_EVERY
    counted = Interrupted(PEOPLE)
    done = job(registry, counted).run()
    assert PEOPLE - counted.left == PEOPLE - COMMIT_EVERY
    assert (done.finished, done.made) == (True, PEOPLE)


def test_searches_and_enrollments_go_on_meanwhile(office: EnrollmentOffice, tmp_path: Path) -> None:
    registry = office.registry
    path = tmp_path / "late.png"
    path.write_bytes(picture(300, color=True))
    submission = Submission(label="late", sources=(SampleSource(path=path, origin="x"),))

    @dataclasses.dataclass(slots=True)
    class EnrollsMeanwhile:
        enrolled: bool = False
        format: TemplateFormat = NEWER_FORMAT

        def extract(self, sample: BiometricSample) -> Extraction:
            if not self.enrolled:
                self.enrolled = True
                office.enroll(prepare(submission, fake_extractors()))
            return NewerExtractor().extract(sample)

    done = ReextractionOffice(registry=registry, extractor=EnrollsMeanwhile(), modality=Modality.FACE, threads=1).run()
    assert (done.finished, done.made) == (True, PEOPLE + 1)
    assert faces(registry) == {NEWER_FORMAT.model_id: PEOPLE + 1}


def test_a_gallery_of_the_old_model_refuses_what_the_new_one_made(office: EnrollmentOffice) -> None:
    office.gallery.follow(office.registry)
    job(office.registry).run()
    with pytest.raises((IncompatibleTemplatesError, ConfigurationError)):
        office.gallery.follow(office.registry)


def test_who_cannot_be_extracted_again_keeps_everybody_waiting(office: EnrollmentOffice) -> None:
    registry = office.registry
    subject = registry.subject_by_label("P3")
    assert subject is not None
    sample = registry.encounters(subject.subject_id)[0].samples[0]
    file = sample_file(registry, sample.sha256)
    content = file.read_bytes()
    file.unlink()
    done = job(registry).run()
    assert (done.finished, done.made) == (False, PEOPLE - 1)
    assert [(one.subject_id, one.failure) for one in done.left_out] == [
        (subject.subject_id, "the stored sample is missing")
    ]
    assert faces(registry) == {FACE_FORMAT.model_id: PEOPLE}
    file.write_bytes(content)  # restored from a backup: tried again
    assert job(registry).run().left_out == ()
    assert faces(registry) == {NEWER_FORMAT.model_id: PEOPLE}


def test_who_cannot_be_extracted_again_can_be_left_out_knowingly(office: EnrollmentOffice) -> None:
    registry = office.registry
    subject = registry.subject_by_label("P3")
    assert subject is not None
    sample_file(registry, registry.encounters(subject.subject_id)[0].samples[0].sha256).write_bytes(b"x")
    done = job(registry).run(leave_out=True)
    assert (done.finished, [one.subject_id for one in done.left_out]) == (True, [subject.subject_id])
    assert registry.references(subject.subject_id) == ()
    assert registry.encounters(subject.subject_id)
    assert registry.events_about(subject.subject_id)[-1].details["left_out"]


def test_nobody_is_left_out_unasked_because_another_process_could_not_extract_them(
    office: EnrollmentOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry, staged = office.registry, Registry.staged
    path = tmp_path / "late.png"
    path.write_bytes(picture(300, color=True))
    late = prepare(Submission(label="late", sources=(SampleSource(path=path, origin="x"),)), fake_extractors())

    def staged_and_then(asked: Registry) -> Staged | None:
        found = staged(asked)
        if asked.subject_by_label("late") is None:
            office.enroll(late)
            target = Replacement(modality=Modality.FACE, model_id=NEWER_FORMAT.model_id)
            (new,) = asked.unreplaced(target)
            with asked.writing() as writer:
                writer.stage(target, [StagedResult(replaces=new.reference_id, reference=None, failure="no_face")])
        return found

    monkeypatch.setattr(Registry, "staged", staged_and_then)
    done = job(registry).run()
    assert (done.finished, [one.failure for one in done.left_out]) == (False, ["no_face"])
    assert faces(registry) == {FACE_FORMAT.model_id: PEOPLE + 1}


@dataclasses.dataclass(frozen=True, slots=True)
class Nobody:
    """An extractor that finds no face in anything."""

    format: TemplateFormat = NEWER_FORMAT

    def extract(self, sample: BiometricSample) -> Extraction:
        return NewerExtractor().extract(dataclasses.replace(sample, pixels=sample.pixels[:, :, 0]))


def test_reasons_of_the_extractor_are_passed_on(office: EnrollmentOffice) -> None:
    done = job(office.registry, Nobody()).run()
    assert {one.failure for one in done.left_out} == {"no_face"}
    assert len(done.left_out) == PEOPLE


def test_a_second_target_waits_for_the_first(office: EnrollmentOffice) -> None:
    with pytest.raises(KeyboardInterrupt):
        job(office.registry, Interrupted(COMMIT_EVERY)).run()
    other = NewerExtractor(format=OTHER_FORMAT)
    with pytest.raises(RecordConflictError, match="unfinished"):
        job(office.registry, other).run()


def test_an_extractor_that_lies_about_its_format_makes_nothing(office: EnrollmentOffice) -> None:
    @dataclasses.dataclass(frozen=True, slots=True)
    class Liar:
        format: TemplateFormat = OTHER_FORMAT

        def extract(self, sample: BiometricSample) -> Extraction:
            return NewerExtractor().extract(sample)

    done = job(office.registry, Liar()).run()
    assert not done.finished and done.made == 0
