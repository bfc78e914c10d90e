"""A person captured into a folder: gone on with, refused where it is somebody else's, and asked about once."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from api.devices.capture_folder import CaptureFolder
from api.devices.capturing import CaptureOrder, capture_into_folder, require_devices
from api.devices.lookers import Lookers
from api.devices.operator import Operator
from biometrics.errors import CaptureError, CaptureMoveError, ConfigurationError, DeviceTrustError, StorageError
from biometrics.people.exceptions import CaptureException, ExceptionReason, Presence
from biometrics.positions import FINGERS, Modality, Position
from biometrics.slaps import Slap
from devices.contract import Captured
from enrollment.capture.captured_person import CapturedPerson
from enrollment.capture.plan import CapturePlan, PlanKind
from models.store import ModelStore
from tests.api.devices.typist import Typist
from tests.enrollment.capture.toys import ToyDevice, hand, toy_tools, whole

RING = CaptureException(
    positions=(Position.RIGHT_RING,),
    reason=ExceptionReason.AMPUTATED,
    presence=Presence.PERMANENT,
    approver="awa",
    without_photo="no camera",
)
PLUGGED_OUT = DeviceTrustError("not to be believed", check="signature")


@pytest.fixture
def order(tmp_path: Path) -> CaptureOrder:
    plan = CapturePlan.of(PlanKind.SLAPS)
    return CaptureOrder(
        label="P-7", operator="oumar", folder=CaptureFolder(tmp_path / "p7"), plan=plan, allow_simulated=True
    )


def _capture(order: CaptureOrder, operator: Operator, *answers: Captured | BaseException) -> CapturedPerson:
    device = ToyDevice(answers=list(answers))
    person = capture_into_folder(order, {Modality.FINGER: device}, toy_tools(), Lookers(ModelStore()), operator)
    assert not device.answers
    return person


def _hands(*slaps: Slap) -> list[Captured]:
    return [whole(hand(slap)) for slap in slaps or Slap]


def _interrupt(order: CaptureOrder, *before: Captured) -> Typist:
    typist = Typist()
    with pytest.raises(DeviceTrustError):
        _capture(order, typist.operator(), *before, PLUGGED_OUT)
    return typist


def test_a_person_is_captured_into_a_folder_of_the_owner(order: CaptureOrder) -> None:
    person = _capture(order, Typist().operator(), *_hands())
    assert set(person.best) == set(FINGERS)
    folder = order.folder.path
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    with order.folder.manifest.open() as lines:
        assert {(row["person"], row["simulated"]) for row in csv.DictReader(lines)} == {("P-7", "yes")}
    assert not (folder / "session").exists()
    with pytest.raises(ConfigurationError, match="captured into this folder already") as refused:
        _capture(order, Typist().operator())
    assert f"kura enroll {order.folder.manifest}" in (refused.value.remedy or "")


def test_an_interrupted_capture_goes_on_and_captures_nothing_twice(order: CaptureOrder) -> None:
    typist = _interrupt(order, *_hands(Slap.RIGHT))
    assert typist.lines[-1] == "the capture ends here; what was done is kept, and the same command goes on"
    session = order.folder.path / "session"
    assert session.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in session.iterdir()} == {0o600}
    typist = Typist()
    person = _capture(order, typist.operator(), *_hands(Slap.LEFT, Slap.THUMBS))
    assert typist.lines[0] == "going on with the capture that was begun in this folder; done: 1 of 3"
    assert set(person.best) == set(FINGERS) and [len(step.tries) for step in person.steps] == [1, 1, 1]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"label": "P-8"}, "of another person"),
        ({"operator": "adama"}, "somebody else began"),
        ({"plan": CapturePlan.of(PlanKind.SINGLES)}, "another plan"),
        ({"plan": CapturePlan.of(PlanKind.FACE)}, "another plan"),
    ],
)
def test_nobody_goes_on_with_what_is_another_capture(order: CaptureOrder, change: dict[str, Any], why: str) -> None:
    _interrupt(order, *_hands(Slap.RIGHT))
    with pytest.raises(ConfigurationError, match=why) as refused:
        _capture(replace(order, **change), Typist().operator())
    assert "P-7" not in str(refused.value) and "--out" in (refused.value.remedy or "")
    _capture(order, Typist().operator(), *_hands(Slap.LEFT, Slap.THUMBS))


def test_exceptions_may_be_stated_when_a_capture_goes_on(order: CaptureOrder) -> None:
    with_ring = replace(order, exceptions=(RING,))
    _interrupt(order)
    three = whole(hand(Slap.RIGHT, lifted=RING.positions))
    with pytest.raises(DeviceTrustError):
        _capture(with_ring, Typist().operator(), three, PLUGGED_OUT)
    person = _capture(with_ring, Typist().operator(), *_hands(Slap.LEFT, Slap.THUMBS))
    assert person.exceptions == (RING,)
    assert set(person.best) == set(FINGERS) - set(RING.positions)


def test_an_exception_of_what_was_captured_is_refused(order: CaptureOrder) -> None:
    _interrupt(order, *_hands(Slap.RIGHT))
    with pytest.raises(CaptureMoveError):
        _capture(replace(order, exceptions=(RING,)), Typist().operator())


def test_the_operator_allows_no_exception(order: CaptureOrder) -> None:
    by_oumar = replace(RING, approver="oumar")
    with pytest.raises(CaptureMoveError, match="somebody else"):
        _capture(replace(order, exceptions=(by_oumar,)), Typist().operator())
    _capture(order, Typist().operator(), *_hands())


def test_what_is_put_off_is_asked_again_only_when_something_happened(order: CaptureOrder) -> None:
    lifted = whole(hand(Slap.RIGHT, lifted=RING.positions))
    typist = Typist("3", "3")
    with pytest.raises(CaptureError, match="a person has to decide about right") as open_:
        _capture(order, typist.operator(), lifted, *_hands(Slap.LEFT, Slap.THUMBS))
    assert not typist.left and str(order.folder.path) in str(open_.value)
    typist = Typist("3")
    with pytest.raises(CaptureError, match="decide about right"):
        _capture(order, typist.operator())
    typist = Typist("2", "3", "2", "yes", "no camera", "awa")
    person = _capture(order, typist.operator("fr"))
    assert person.exceptions == (RING,)


def test_what_is_put_off_at_the_end_is_not_asked_at_once_again(order: CaptureOrder) -> None:
    lifted = whole(hand(Slap.THUMBS, lifted=(Position.LEFT_THUMB,)))
    typist = Typist("3")
    with pytest.raises(CaptureError, match="a person has to decide about thumbs"):
        _capture(order, typist.operator(), *_hands(Slap.RIGHT, Slap.LEFT), lifted)
    assert not typist.left


def test_nobody_is_there_to_decide(order: CaptureOrder) -> None:
    typist = Typist()
    lifted = whole(hand(Slap.RIGHT, lifted=RING.positions))
    with pytest.raises(CaptureError, match="a person has to decide about right"):
        _capture(order, typist.operator(alone=True), lifted, *_hands(Slap.LEFT, Slap.THUMBS))
    assert any("the right ring finger" in line for line in typist.lines)


def test_a_wrong_exception_is_taken_back_at_the_terminal(order: CaptureOrder) -> None:
    """The left ring finger was excused, though it is there: four are seen where three are expected."""
    wrong = replace(RING, positions=(Position.LEFT_RING,))
    left = whole(hand(Slap.LEFT))
    typist = Typist("4", "awa", "it is there")
    person = _capture(
        replace(order, exceptions=(wrong,)), typist.operator(), *_hands(Slap.RIGHT), left, left, left, left,
        *_hands(Slap.THUMBS),
    )  # fmt: skip
    assert person.exceptions == () and set(person.best) == set(FINGERS)


def test_an_earlier_finger_that_was_the_wrong_one_is_captured_again(order: CaptureOrder) -> None:
    """The left hand was pressed for the right one; it repeats itself when it is asked for."""
    right, left = _hands(Slap.RIGHT, Slap.LEFT)
    as_right = whole(hand(Slap.LEFT)[::-1])
    typist = Typist("5", "1", "awa", "it was the left hand", "1", "awa", "again")
    person = _capture(order, typist.operator(), as_right, left, left, left, right, left, *_hands(Slap.THUMBS))
    assert not typist.left
    assert set(person.best) == set(FINGERS)


def test_a_folder_with_other_files_is_left_alone(order: CaptureOrder) -> None:
    order.folder.path.mkdir()
    (order.folder.path / "face.png").write_bytes(b"mine")
    with pytest.raises(ConfigurationError, match="holds other files"):
        _capture(order, Typist().operator())
    assert (order.folder.path / "face.png").read_bytes() == b"mine"


def test_a_file_in_place_of_the_folder(order: CaptureOrder) -> None:
    order.folder.path.write_text("")
    with pytest.raises(StorageError, match="cannot be read"):
        _capture(order, Typist().operator())


def test_there_must_be_a_device_for_each_step(order: CaptureOrder) -> None:
    require_devices(order.plan, {Modality.FINGER: ToyDevice(answers=[])})
    with pytest.raises(CaptureError, match="captures a finger"):
        require_devices(order.plan, {})
    with pytest.raises(CaptureError, match="captures a face"):
        require_devices(CapturePlan.of(PlanKind.TEN), {Modality.FINGER: ToyDevice(answers=[])})


def test_samples_that_show_nobody_are_refused_where_they_are_not_allowed(order: CaptureOrder) -> None:
    strict = replace(order, allow_simulated=False)
    with pytest.raises(ConfigurationError, match="simulated"):
        _capture(strict, Typist().operator(), *_hands(Slap.RIGHT))
    assert not list(order.folder.path.rglob("*.png"))
