"""Imported pictures become searchable piece by piece; whoever is stopped goes on; nothing is tried twice unasked."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from biometrics.errors import RecordConflictError
from biometrics.extraction import Extraction, Extractor
from biometrics.positions import Modality
from biometrics.quality import PAD_NOT_EVALUATED, PadResult
from biometrics.records import DEFAULT_GALLERY, Actor
from biometrics.samples import BiometricSample
from biometrics.templates import TemplateFormat
from enrollment.enroll import EnrollmentOffice
from enrollment.extraction import ENCOUNTERS_AT_ONCE, PAD_MISSING, ExtractionOffice, LateExtraction
from enrollment.operations.extraction import LIST_UNUSABLE, UnusablePage
from enrollment.preparation import Extractors, prepare
from enrollment.submission import SampleSource, Submission
from registry.extraction import UnusableSample
from registry.gallery_view import GalleryView
from registry.store import Registry
from registry.transfer.importing import import_people
from tests.enrollment.engine.serving import client_of, person, serving
from tests.enrollment.fakes import BLANK, BROKEN, FINGER_FORMAT, FakeExtractor, fake_extractors, picture
from tests.enrollment.office import new_gallery, open_office
from tests.enrollment.other_extractors import JudgingExtractor, NewerExtractor
from tests.registry.raw import sample_file
from tests.registry.transfer.populated import order
from tests.registry.transfer.without_templates import without_templates

PERSONS = ENCOUNTERS_AT_ONCE + 3
PICTURES = 2 * PERSONS
CLERK = Actor(name="clerk-7")
ATTACK = PadResult(score=0.1, algorithm="judge/1", threshold=0.5)
BONA_FIDE = dataclasses.replace(ATTACK, score=0.9)


def finger(number: int) -> bytes:
    """Return the picture of a person: two captures of each."""
    return picture(number % 1000, number // 1000)


def face(number: int) -> bytes:
    return picture(number % 1000, number // 1000, color=True)


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    home = tmp_path / "home"
    with Registry.open(home, busy_timeout_s=5.0) as opened:
        import_people(opened, without_templates(home, range(PERSONS), finger), order(home))
        yield opened


def job(registry: Registry, extractors: Extractors | None = None, *, require_pad: bool = False) -> ExtractionOffice:
    chosen = extractors or fake_extractors()
    return ExtractionOffice(registry=registry, extractors=chosen, threads=2, require_pad=require_pad)


def with_finger(extractor: Extractor) -> Extractors:
    return dataclasses.replace(fake_extractors(), finger=extractor)


def unusable(registry: Registry) -> tuple[UnusableSample, ...]:
    with registry.reading() as record:
        return record.extraction.unusable(("", "", -1), 1000)


@dataclasses.dataclass(slots=True)
class Interrupted:
    """Stops the process, as Ctrl-C would, after some samples; counts them."""

    left: int
    format: TemplateFormat = FINGER_FORMAT

    def extract(self, sample: BiometricSample) -> Extraction:
        self.left -= 1
        if self.left < 0:
            raise KeyboardInterrupt
        return FakeExtractor(modality=Modality.FINGER).extract(sample)


@dataclasses.dataclass(slots=True)
class Choosy:
    """Sees nothing in the pictures of some persons."""

    blank: tuple[int, ...]
    format: TemplateFormat = FINGER_FORMAT

    def extract(self, sample: BiometricSample) -> Extraction:
        pixels = sample.pixels.copy()
        if int(pixels[0, 1]) in self.blank:
            pixels[0, :2] = (BLANK >> 8, BLANK & 255)
        return FakeExtractor(modality=Modality.FINGER).extract(dataclasses.replace(sample, pixels=pixels))


def test_everybody_becomes_searchable(registry: Registry) -> None:
    steps: list[tuple[int, int]] = []
    done = job(registry).run(progress=lambda one, total, _: steps.append((one, total)))
    assert done == LateExtraction(made=PICTURES, unusable=0, waiting=0)
    assert steps == [(0, PICTURES), (2 * ENCOUNTERS_AT_ONCE, PICTURES), (PICTURES, PICTURES)]
    assert registry.active_subjects() == PERSONS
    assert registry.check() == []
    assert job(registry).run() == LateExtraction(made=0, unusable=0, waiting=0)


def test_a_gallery_that_follows_step_by_step_is_one_built_from_nothing(registry: Registry) -> None:
    followed, steps = new_gallery(), 0
    view = GalleryView(source=registry, gallery_id=DEFAULT_GALLERY)

    def follow(done: int, total: int, what: str) -> None:
        nonlocal steps
        steps += followed.follow(view) > 0

    job(registry).run(progress=follow)
    built = new_gallery()
    built.follow(view)
    for gallery in (followed, built):
        gallery.check(view)
    assert steps == 3
    assert set(followed.subjects()) == set(built.subjects())
    one = followed.subjects()[3]
    assert followed.search_subject(one).compared == built.search_subject(one).compared == PERSONS - 1


def test_it_goes_on_where_it_was_stopped(registry: Registry) -> None:
    stopped = job(registry, with_finger(Interrupted(2 * ENCOUNTERS_AT_ONCE + 2)))
    with pytest.raises(KeyboardInterrupt):
        dataclasses.replace(stopped, threads=1).run()  # threads side by side would not count in order
    assert registry.counts().references == 2 * ENCOUNTERS_AT_ONCE
    assert registry.check() == []
    counted = Interrupted(PICTURES)
    done = dataclasses.replace(job(registry, with_finger(counted)), threads=1).run()
    assert done == LateExtraction(made=PICTURES - 2 * ENCOUNTERS_AT_ONCE, unusable=0, waiting=0)
    assert PICTURES - counted.left == done.made
    assert registry.counts().references == PICTURES


def test_a_limit_is_kept_within_an_encounter(registry: Registry) -> None:
    assert job(registry).run(limit=5) == LateExtraction(made=5, unusable=0, waiting=PICTURES - 5)
    assert job(registry).run(limit=1) == LateExtraction(made=1, unusable=0, waiting=PICTURES - 6)
    assert job(registry).run() == LateExtraction(made=PICTURES - 6, unusable=0, waiting=0)
    assert registry.check() == []


def test_what_cannot_be_used_is_named_and_not_tried_again_unasked(registry: Registry) -> None:
    assert job(registry, with_finger(Choosy((2, 5)))).run() == LateExtraction(made=PICTURES - 4, unusable=4, waiting=0)
    left = unusable(registry)
    assert sorted((one.label, one.ordinal, one.failure) for one in left) == [
        (f"SIM-{number:03}", ordinal, "blank_print") for number in (2, 5) for ordinal in (0, 1)
    ]
    counted = Interrupted(PICTURES)
    assert job(registry, with_finger(counted)).run().made == 0
    assert counted.left == PICTURES
    assert job(registry, with_finger(Choosy((5,)))).run(again=True) == LateExtraction(made=2, unusable=2, waiting=0)
    assert registry.check() == []


def test_what_fails_in_this_run_is_not_tried_twice_in_it(registry: Registry) -> None:
    done = job(registry, with_finger(Choosy((2,)))).run(again=True)
    assert (done.made, done.unusable) == (PICTURES - 2, 2)


def test_a_picture_that_is_gone_or_fails_the_model_keeps_nobody_else_up(registry: Registry) -> None:
    sample_file(registry, hashlib.sha256(finger(3)).hexdigest()).unlink()

    @dataclasses.dataclass(slots=True)
    class Fails:
        format: TemplateFormat = FINGER_FORMAT

        def extract(self, sample: BiometricSample) -> Extraction:
            pixels = sample.pixels.copy()
            if tuple(pixels[0, 1:3]) == (7, 0):
                pixels[0, :2] = (BROKEN >> 8, BROKEN & 255)
            return FakeExtractor(modality=Modality.FINGER).extract(dataclasses.replace(sample, pixels=pixels))

    done = job(registry, with_finger(Fails())).run()
    assert (done.made, done.unusable) == (PICTURES - 2, 2)
    assert sorted((one.label, one.failure) for one in unusable(registry)) == [
        ("SIM-003", "the stored sample is missing"),
        ("SIM-007", "the model failed"),
    ]


@pytest.fixture
def faces(tmp_path: Path) -> Iterator[Registry]:
    home = tmp_path / "faces" / "home"
    with Registry.open(home, busy_timeout_s=5.0) as opened:
        import_people(opened, without_templates(home, range(3), face, "face"), order(home))
        yield opened


def judged(*judgements: PadResult) -> Extractors:
    return dataclasses.replace(fake_extractors(), face=JudgingExtractor(judgements=dict(enumerate(judgements))))


def test_a_suspected_attack_is_left_to_people(faces: Registry) -> None:
    done = job(faces, judged(BONA_FIDE, ATTACK, PAD_NOT_EVALUATED)).run()
    assert (done.made, done.unusable) == (4, 2)
    assert {(one.label, one.failure) for one in unusable(faces)} == {("SIM-001", "attack_suspected")}
    subject = faces.subject_by_label("SIM-001")
    assert subject is not None
    assert [one.pad for one in faces.encounters(subject.subject_id)[0].samples] == [ATTACK, ATTACK]


def test_where_attacks_must_be_looked_for_faces_that_nothing_judged_are_left_out(faces: Registry) -> None:
    done = job(faces, judged(BONA_FIDE, ATTACK, PAD_NOT_EVALUATED), require_pad=True).run()
    assert (done.made, done.unusable) == (2, 4)
    assert {one.failure for one in unusable(faces)} == {"attack_suspected", PAD_MISSING}


def test_references_of_two_models_are_not_mixed(faces: Registry) -> None:
    assert job(faces).run(limit=2).made == 2
    with pytest.raises(RecordConflictError, match="2 references of this registry are of model"):
        job(faces, dataclasses.replace(fake_extractors(), face=NewerExtractor())).run()
    assert job(faces).run().made == 4


def test_an_engine_records_what_is_extracted_beside_it_and_finds_it_at_once(registry: Registry, tmp_path: Path) -> None:
    probe = person(tmp_path, "probe", 2, capture=5)
    with serving(tmp_path / "home"), client_of(tmp_path / "home", CLERK) as engine:
        assert engine.state().persons == 0
        office = dataclasses.replace(job(registry, with_finger(Choosy((5,)))), perform=engine.call)
        assert office.run() == LateExtraction(made=PICTURES - 2, unusable=2, waiting=0)
        assert engine.state().persons == PERSONS - 1
        assert [one.label for one in engine.identify(probe, 10).subjects] == ["SIM-002"]
        left = engine.call(LIST_UNUSABLE, UnusablePage(after=("", "", -1), most=10))
    assert {(one.label, one.failure) for one in left} == {("SIM-005", "blank_print")}
    events = registry.events()
    assert {one.actor for one in events if one.action == "references.added"} == {CLERK}
    assert events[-1].action == "person.listed"


def test_whoever_is_enrolled_meanwhile_is_compared_with_what_was_recorded(registry: Registry, tmp_path: Path) -> None:
    path = tmp_path / "late.png"
    path.write_bytes(picture(2, 9))
    source = SampleSource(path=path, origin="x", modality=Modality.FINGER)
    submission = Submission(label="late", sources=(source,))
    office: EnrollmentOffice = open_office(tmp_path / "home")
    outcomes: list[str] = []

    def enroll(done: int, total: int, what: str) -> None:
        if done == 2 * ENCOUNTERS_AT_ONCE:
            outcomes.append(type(office.enroll(prepare(submission, fake_extractors()))).__name__)

    with office.registry:
        job(registry).run(progress=enroll)
    assert outcomes == ["Duplicate"]
    assert registry.check() == []
