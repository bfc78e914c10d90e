"""A suspected presentation attack is for a person to judge; a policy that requires the evidence gets it or an error."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from biometrics.cases import CasePriority
from biometrics.decisions import DecisionPolicy, Duplicate, NeedsReview, NotEnrolled, Reason, Unique
from biometrics.errors import PadUnavailableError
from biometrics.positions import Modality
from biometrics.quality import PAD_NOT_EVALUATED, PadResult, PadVerdict
from biometrics.records import EncounterStatus
from enrollment.batch import EnrollmentResult, enroll_all
from enrollment.intake import gather
from enrollment.preparation import Extractors, PreparedSubmission, prepare
from enrollment.recognition import compare, identify, verify
from enrollment.submission import SampleSource, Submission
from tests.enrollment.fakes import BLANK, FakeExtractor, picture
from tests.enrollment.office import POLICY, new_gallery, open_office
from tests.enrollment.other_extractors import JudgingExtractor

ATTACKED, FAILED = 2, 3
JUDGEMENTS = {
    1: PadResult(score=0.9, threshold=0.5, algorithm="pad/1"),
    ATTACKED: PadResult(score=0.1, threshold=0.5, algorithm="pad/1"),
    FAILED: PadResult(score=None, algorithm="pad/1", reason="the model gave a number that is not finite"),
    BLANK: PAD_NOT_EVALUATED,
}
STRICT = dataclasses.replace(POLICY, require_pad=True)

Prepare = Callable[..., PreparedSubmission]


def extractors() -> Extractors:
    return Extractors(finger=FakeExtractor(modality=Modality.FINGER), face=JudgingExtractor(judgements=JUDGEMENTS))


@pytest.fixture
def person(tmp_path: Path) -> Prepare:
    def prepared(number: int, capture: int = 0, *, color: bool = True) -> PreparedSubmission:
        path = tmp_path / f"{number}-{capture}.png"
        path.write_bytes(picture(number, capture, color=color))
        source = SampleSource(path=path, origin=str(path))
        return prepare(Submission(label=f"{number}-{capture}", sources=(source,)), extractors())

    return prepared


def test_a_suspected_attack_waits_for_a_person(tmp_path: Path, person: Prepare) -> None:
    office = open_office(tmp_path / "home")
    with office.registry as registry:
        assert isinstance(office.enroll(person(1)), Unique)
        outcome = office.enroll(person(ATTACKED))
        assert isinstance(outcome, NeedsReview)
        case = registry.case(outcome.case_id)
        assert (case.candidates, case.priority) == ((), CasePriority.NORMAL)
        assert case.reason == "nobody in the gallery comes near; a presentation attack is suspected"
        (encounter,) = registry.encounters(outcome.subject_id)
        assert encounter.status is EncounterStatus.PENDING
        assert encounter.samples[0].pad == JUDGEMENTS[ATTACKED]
        assert registry.events_about(outcome.subject_id)[-1].details["attacks_suspected"] == 1


def test_a_suspicion_hides_no_duplicate(tmp_path: Path, person: Prepare) -> None:
    office = open_office(tmp_path / "home")
    with office.registry as registry:
        office.enroll(person(ATTACKED))
        outcome = office.enroll(person(ATTACKED, 1))
        assert isinstance(outcome, Duplicate)
        assert registry.case(outcome.case_id).reason.endswith("; a presentation attack is suspected")


def test_without_evidence_a_lenient_policy_enrolls_and_a_strict_one_fails(tmp_path: Path, person: Prepare) -> None:
    lenient = open_office(tmp_path / "lenient")
    with lenient.registry as registry:
        outcome = lenient.enroll(person(FAILED))
        assert isinstance(outcome, Unique)
        (sample,) = registry.encounters(outcome.subject_id)[0].samples
        assert sample.pad == JUDGEMENTS[FAILED]
    strict = open_office(tmp_path / "strict", STRICT)
    with strict.registry as registry:
        assert isinstance(strict.enroll(person(1)), Unique)
        with pytest.raises(PadUnavailableError, match="not finite") as caught:
            strict.enroll(person(FAILED))
        assert caught.value.source is not None and caught.value.source.endswith("3-0.png")
        with pytest.raises(PadUnavailableError, match="no model for it is set"):
            strict.enroll(person(7))
        assert registry.counts().subjects == 1


def test_fingers_and_pictures_without_a_face_need_no_evidence(tmp_path: Path, person: Prepare) -> None:
    strict = open_office(tmp_path / "home", STRICT)
    with strict.registry:
        assert isinstance(strict.enroll(person(9, color=False)), Unique)
        assert strict.enroll(person(BLANK)) == NotEnrolled(reasons=(Reason.NO_FACE,))


@pytest.mark.parametrize("policy", [POLICY, STRICT])
def test_a_suspected_attack_is_neither_identified_nor_verified(
    tmp_path: Path, person: Prepare, policy: DecisionPolicy
) -> None:
    office = open_office(tmp_path / "home")
    calibrations = new_gallery()._calibrations
    with office.registry as registry:
        enrolled = office.enroll(person(ATTACKED))
        assert isinstance(enrolled, NeedsReview)
        office.gallery.follow(registry)
        claimed = [one.template for one in registry.references(enrolled.subject_id)]
        asked = identify(person(ATTACKED, 1), office.searches, policy, limit=3)
        assert (asked.found, asked.reasons) == (None, (Reason.ATTACK_SUSPECTED,))
        answer = verify(person(ATTACKED, 1), claimed, calibrations, policy)
        assert (answer.candidate, answer.positive, answer.reasons) == (None, False, (Reason.ATTACK_SUSPECTED,))
        for first, second in ((1, ATTACKED), (ATTACKED, 1)):
            both = compare(person(first), person(second), calibrations, policy)
            assert both.reasons == (Reason.ATTACK_SUSPECTED,)


def test_a_strict_policy_does_not_identify_or_verify_without_evidence(tmp_path: Path, person: Prepare) -> None:
    office = open_office(tmp_path / "home")
    calibrations = new_gallery()._calibrations
    with office.registry:
        with pytest.raises(PadUnavailableError):
            identify(person(FAILED), office.searches, STRICT, limit=1)
        with pytest.raises(PadUnavailableError):
            verify(person(FAILED), person(1).templates, calibrations, STRICT)
        with pytest.raises(PadUnavailableError):
            compare(person(1), person(FAILED), calibrations, STRICT)
        assert identify(person(1), office.searches, STRICT, limit=1).reasons == ()


def test_a_batch_tells_the_evidence_now_and_when_repeated(tmp_path: Path) -> None:
    folder = tmp_path / "people"
    folder.mkdir()
    for number in (1, ATTACKED, FAILED):
        (folder / f"{number}.png").write_bytes(picture(number, color=True))
    (folder / "finger.png").write_bytes(picture(9))
    office = open_office(tmp_path / "home")

    def results() -> dict[str, EnrollmentResult]:
        found = enroll_all(gather([folder]), office, extractors(), threads=1)
        return {result.label: result for result in found}

    with office.registry:
        first, again = results(), results()
    assert dict(first["2"].attacks)["2.png"].verdict is PadVerdict.ATTACK_SUSPECTED
    assert any("photograph, a screen or a mask" in warning for warning in first["2"].warnings)
    assert any("pad/1 could not judge" in warning for warning in first["3"].warnings)
    assert first["1"].warnings == () and first["finger"].attacks == ()
    assert isinstance(again["2"].outcome, NeedsReview) and again["2"].repeated
    assert {label: one.attacks for label, one in again.items()} == {label: one.attacks for label, one in first.items()}
