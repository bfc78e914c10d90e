"""The flow with the real extractor: simulated hands on the simulated scanner, whole slaps, and real prints."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from biometrics.extraction import Extractor
from biometrics.images import read_image
from biometrics.people.exceptions import CaptureException, ExceptionReason, Presence
from biometrics.positions import FINGERS, Modality, Position
from biometrics.samples import BiometricSample, now_utc
from biometrics.slaps import Slap
from biometrics.templates import Template
from devices.choices import DEFAULT_CHOICES
from devices.contract import Captured, CapturedSample
from devices.drivers import Drivers
from devices.opened import open_device
from enrollment.capture.checks import KnownFinger, check_fingers
from enrollment.capture.comparing import CalibratedComparison
from enrollment.capture.decisions import Decision, Excuse
from enrollment.capture.findings import FindingKind
from enrollment.capture.handing_over import MANIFEST, write_person
from enrollment.capture.judging import CaptureTools
from enrollment.capture.outcome import Accepted, Exhausted, Recapture, StepOutcome, Undecided
from enrollment.capture.person import Station, capture_person
from enrollment.capture.plan import CapturePlan, CaptureStep, PlanKind
from enrollment.capture.policy import CapturePolicy
from enrollment.capture.session import CaptureSession
from enrollment.intake import gather
from enrollment.preparation import Extractors
from models.finger.extractor import FingerExtractor
from models.store import ModelStore
from tests.enrollment.capture.toys import ToyFaces
from tests.models.composed_slap import LEFT_FOUR, RIGHT_FOUR, compose_slap
from tests.shared_data import DATA, needs_fingerprints

RING = CaptureException(
    positions=(Position.RIGHT_RING,),
    reason=ExceptionReason.AMPUTATED,
    presence=Presence.PERMANENT,
    approver="awa",
    without_photo="no camera",
)


@pytest.fixture(scope="module")
def extractor(tmp_path_factory: pytest.TempPathFactory) -> Extractor:
    return FingerExtractor.load(ModelStore(tmp_path_factory.mktemp("models")))


@pytest.fixture
def tools(extractor: Extractor) -> CaptureTools:
    # How good simulated prints are is no matter here.
    policy = CapturePolicy(least_finger_quality=0, device_pause_s=0.0)
    extractors = Extractors(finger=extractor, face=ToyFaces())
    return CaptureTools(extractors=extractors, compare=CalibratedComparison(), policy=policy)


def _session(tools: CaptureTools, kind: PlanKind) -> CaptureSession:
    return CaptureSession.start(CapturePlan.of(kind), tools, operator="oumar")


def test_a_simulated_person_without_a_finger_from_the_scanner_to_a_folder(tools: CaptureTools, tmp_path: Path) -> None:
    asked: list[Undecided | Exhausted] = []

    def decide(outcome: Undecided | Exhausted, /) -> Decision | None:
        asked.append(outcome)
        return Excuse(exception=RING)

    session = _session(tools, PlanKind.SLAPS)
    uri = "simulated:finger?person=11&seed=3&profile=clean&missing=right_ring"
    with open_device(uri, Drivers(DEFAULT_CHOICES)) as scanner:
        person = capture_person(Station(devices={Modality.FINGER: scanner}, decide=decide), session)
    (question,) = asked
    assert isinstance(question, Undecided) and question.question.candidates == RING.positions
    assert set(person.best) == set(FINGERS) - set(RING.positions)
    assert all(step.accepted_with == () and len(step.tries) == 1 for step in person.steps)
    assert all(one.sample.device.startswith("simulated:") and one.sample.simulated for one in person.samples)
    write_person(person, "P-0011", tmp_path)
    (submission,) = gather([tmp_path / MANIFEST]).submissions
    assert len(submission.sources) == 9


def _whole(fingers: tuple[Position, ...], *, seed: int = 1, lifted: tuple[Position, ...] = ()) -> Captured:
    pixels = compose_slap(fingers, person=12, seed=seed, rotation_deg=6.0, missing=lifted).pixels
    sample = BiometricSample(
        position=Position.UNKNOWN, pixels=pixels, ppi=500.0, captured_at=now_utc(), device="test", simulated=True
    )
    return Captured(samples=(CapturedSample(sample=sample),))


def _offer(session: CaptureSession, captured: Captured) -> StepOutcome:
    step = session.next_step
    assert step is not None
    return session.offer(step, captured)


def test_whole_slaps(tools: CaptureTools) -> None:
    session = _session(tools, PlanKind.SLAPS)
    swapped = _offer(session, _whole(LEFT_FOUR))
    assert isinstance(swapped, Recapture)
    assert [one.kind for one in swapped.findings] == [FindingKind.SWAPPED_HANDS]
    lifted = _offer(session, _whole(RIGHT_FOUR, lifted=(Position.RIGHT_MIDDLE,)))
    assert isinstance(lifted, Undecided) and lifted.question.missing == 1
    session.recapture("right")
    assert isinstance(_offer(session, _whole(RIGHT_FOUR)), Accepted)
    again = _offer(session, _whole(RIGHT_FOUR, seed=2))
    assert isinstance(again, Recapture)
    (found,) = again.findings
    assert found.kind is FindingKind.SAME_SLAP_TWICE
    assert found.evidence is not None and found.evidence.value <= tools.policy.same_finger_fmr
    assert isinstance(_offer(session, _whole(LEFT_FOUR)), Accepted)
    accepted = session.state.of("left").best
    assert accepted is not None and accepted.positions == Slap.LEFT.fingers


def _real(extractor: Extractor, impression: int) -> Iterator[tuple[Position, Template]]:
    """Yield five real fingers of FVC2002 as if they were one person's."""
    for place, finger in enumerate(FINGERS[:5]):
        path = DATA / "fingerprints" / "fvc2002_DB1_B" / f"{101 + place}_{impression}.png"
        pixels = read_image(path).pixels
        sample = BiometricSample(position=finger, pixels=pixels, ppi=500.0, captured_at=now_utc())
        template = extractor.extract(sample).template
        assert template is not None
        yield finger, template


@pytest.mark.data
@needs_fingerprints
def test_real_fingers_are_told_apart(extractor: Extractor) -> None:
    compare, fmr = CalibratedComparison(), CapturePolicy().same_finger_fmr
    now, before = dict(_real(extractor, 1)), dict(_real(extractor, 2))
    references = [KnownFinger(position=finger, template=one, recorded=True) for finger, one in before.items()]
    captured: list[KnownFinger] = []
    for place, finger in enumerate(now):
        assert check_fingers({finger: now[finger]}, [*captured, *references], compare, fmr) == ()
        captured.append(KnownFinger(position=finger, template=now[finger]))
        following = FINGERS[(place + 1) % len(now)]
        (repeated,) = check_fingers({following: before[finger]}, captured[-1:], compare, fmr)
        (wrong,) = check_fingers({following: now[finger]}, references, compare, fmr)
        assert (repeated.kind, wrong.kind) == (FindingKind.REPEATED_FINGER, FindingKind.WRONG_FINGER)
        assert repeated.others == wrong.others == (finger,)


def test_templates_change_their_names_and_nothing_else(tools: CaptureTools) -> None:
    step = CaptureStep(positions=RIGHT_FOUR, slap=Slap.RIGHT)
    session = CaptureSession.start(CapturePlan(steps=(step,)), tools, operator="oumar")
    outcome = session.offer(step, _whole(RIGHT_FOUR))
    assert isinstance(outcome, Accepted)
    for one in outcome.held.samples:
        template = one.extraction.template
        assert template is not None and template.position is one.position
        again = tools.extractors.finger.extract(one.sample).template
        assert again is not None and (again.minutiae.x == template.minutiae.x).all()
