"""A session is there again after a loss of power at any moment, as it stood when its last outcome was told."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from biometrics.errors import StorageError
from biometrics.files import write_whole
from biometrics.people.exceptions import CaptureException, ExceptionReason, Presence
from biometrics.positions import Position
from biometrics.slaps import Slap
from devices.contract import Captured, CaptureEvidence
from enrollment.capture.findings import FindingKind
from enrollment.capture.outcome import Accepted, Approval, Recapture, Undecided
from enrollment.capture.plan import CapturePlan, CaptureStep, PlanKind
from enrollment.capture.session import CaptureSession
from enrollment.capture.session_folder import STATE_FILE, SessionFolder
from enrollment.capture.state import SessionState
from enrollment.capture.state_document import write_state
from tests.enrollment.capture.toys import Touch, face, hand, single, toy_extractors, toy_tools, whole

ROOT = Path(__file__).resolve().parents[3]
EVIDENCE = CaptureEvidence(
    transaction="t-1",
    serial="S-1",
    certificate_sha256="ab" * 32,
    chain_hash="cd" * 32,
    device_time=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
)


def _told(state: SessionState) -> object:
    """Everything a session is, with its pictures by their bytes."""
    return write_state(state, lambda sample: sample.pixels.tobytes().hex())


def _start(folder: SessionFolder) -> CaptureSession:
    return CaptureSession.start(CapturePlan.of(PlanKind.TEN), toy_tools(), operator="oumar", keep=folder.keep)


def _resume(folder: SessionFolder) -> CaptureSession:
    return CaptureSession(folder.load(toy_extractors()), toy_tools(), keep=folder.keep)


def _captures() -> Iterator[Captured]:
    yield replace(whole(hand(Slap.RIGHT, quality=30)), evidence=EVIDENCE)
    yield whole(hand(Slap.RIGHT))
    yield whole(hand(Slap.LEFT, lifted=[Position.LEFT_RING]))


def _walk(session: CaptureSession) -> None:
    for captured in _captures():
        step = session.next_step
        assert step is not None
        session.offer(step, captured)


def test_a_session_goes_on_where_it_stood(tmp_path: Path) -> None:
    folder = SessionFolder(tmp_path / "session")
    assert not folder.holds_session
    session = _start(folder)
    assert folder.holds_session
    _walk(session)
    resumed = _resume(SessionFolder(tmp_path / "session"))
    assert _told(resumed.state) == _told(session.state)
    assert isinstance(resumed.outcome("right"), Accepted)
    asked = resumed.outcome("left")
    assert isinstance(asked, Undecided)
    exception = CaptureException(
        positions=(Position.LEFT_RING,),
        reason=ExceptionReason.AMPUTATED,
        presence=Presence.PERMANENT,
        approver="awa",
        photo_sha256="ab" * 32,
    )
    (answered,) = resumed.state_exception(exception)
    assert isinstance(answered, Accepted)
    assert _resume(folder).state.exceptions == (exception,)
    for captured in (whole(hand(Slap.THUMBS)), face()):
        step = resumed.next_step
        assert step is not None
        assert isinstance(resumed.offer(step, captured), Accepted)
    assert resumed.finished and _resume(folder).finished


def test_evidence_approvals_and_findings_come_back(tmp_path: Path) -> None:
    folder = SessionFolder(tmp_path)
    session = CaptureSession.start(CapturePlan.of(PlanKind.SINGLES), toy_tools(), operator="oumar", keep=folder.keep)
    step = session.next_step
    assert step is not None
    for _ in range(3):
        session.offer(step, replace(single(Touch(Position.RIGHT_THUMB, quality=20)), evidence=EVIDENCE))
    session.accept_best("right_thumb", Approval(approver="awa", reason="l'empreinte est usée"))
    state = _resume(folder).state
    assert _told(state) == _told(session.state)
    kept = state.of("right_thumb")
    assert kept.best is not None and kept.best.evidence == EVIDENCE
    assert kept.approvals[0].reason == "l'empreinte est usée"
    assert [one.kind for one in kept.best.findings] == [FindingKind.LOW_QUALITY]


def test_only_the_owner_reads_it_and_old_pictures_go(tmp_path: Path) -> None:
    folder = SessionFolder(tmp_path / "session")
    session = _start(folder)
    _walk(session)
    pictures = list(folder.path.glob("*.picture"))
    assert len(pictures) == 4 + 3  # the accepted right hand, the left one in question
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.path.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    assert "template" not in (folder.path / STATE_FILE).read_text()
    folder.erase()
    assert not folder.path.exists()
    folder.erase()


def test_what_is_written_can_be_sealed(tmp_path: Path) -> None:
    def turn(data: bytes) -> bytes:
        return bytes(255 - value for value in data)

    folder = SessionFolder(tmp_path, seal=turn, unseal=turn)
    session = _start(folder)
    _walk(session)
    written = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"PNG" not in written and b"oumar" not in written
    assert _told(_resume(folder).state) == _told(session.state)
    with pytest.raises(StorageError, match="cannot be read"):
        SessionFolder(tmp_path).load(toy_extractors())


class PowerLostError(BaseException):
    """Ends everything, as a loss of power does."""


class Power:
    """Is lost before or after a write, counted from 1; 0 never."""

    def __init__(self, before: int = 0, after: int = 0) -> None:
        self.before, self.after, self.writes = before, after, 0

    def write(self, path: Path, data: bytes) -> None:
        self.writes += 1
        if self.writes == self.before:
            raise PowerLostError
        write_whole(path, data)
        if self.writes == self.after:
            raise PowerLostError


def _walk_until_lost(folder: SessionFolder, power: Power, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return every state that was kept, in order."""
    kept: list[str] = []

    def keep(state: SessionState) -> None:
        folder.keep(state)
        kept.append(_without_times(_told(state)))

    monkeypatch.setattr("enrollment.capture.session_folder.write_whole", power.write)
    with suppress(PowerLostError):
        _walk(CaptureSession.start(CapturePlan.of(PlanKind.TEN), toy_tools(), operator="oumar", keep=keep))
    return kept


def test_power_lost_at_every_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    never = Power()
    states = _walk_until_lost(SessionFolder(tmp_path / "whole"), never, monkeypatch)
    assert len(states) == 4 and never.writes == 4 + 4 + 4 + 3
    moments = [Power(before=write) for write in range(1, never.writes + 1)]
    moments += [Power(after=write) for write in range(1, never.writes + 1)]
    for number, power in enumerate(moments):
        folder = SessionFolder(tmp_path / str(number))
        told = len(_walk_until_lost(folder, power, monkeypatch))
        if not told and not folder.holds_session:
            continue
        # What was told is there, and at most what was about to be.
        resumed = _without_times(_told(SessionFolder(folder.path).load(toy_extractors())))
        assert resumed in states[max(0, told - 1) : told + 1]


def _without_times(told: object) -> str:
    """Return a session as text without what is another one each time."""

    def plain(value: object) -> object:
        if isinstance(value, dict):
            return {
                key: plain(one)
                for key, one in value.items()
                if key not in ("session", "at", "captured_at", "started_at")
            }
        return [plain(one) for one in value] if isinstance(value, list) else value

    return json.dumps(plain(told), sort_keys=True)


def test_a_process_killed_in_the_middle(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "from tests.enrollment.capture import test_session_folder as t\n"
        "session = t._start(t.SessionFolder(Path(sys.argv[1])))\n"
        "t._walk(session); print('asked', flush=True); sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "session")]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ) as station:
        assert station.stdout is not None
        assert station.stdout.readline() == b"asked\n"
        station.send_signal(signal.SIGKILL)
    resumed = _resume(SessionFolder(tmp_path / "session"))
    assert isinstance(resumed.outcome("left"), Undecided)
    assert isinstance(resumed.recapture("left"), Recapture)


def test_what_was_damaged_is_said(tmp_path: Path) -> None:
    folder = SessionFolder(tmp_path)
    with pytest.raises(StorageError, match="no kept session"):
        folder.load(toy_extractors())
    _walk(_start(folder))
    picture = next(tmp_path.glob("*.picture"))
    whole_picture = picture.read_bytes()
    for damaged in (whole_picture[:-20], b"", whole_picture[:50] + b"x" + whole_picture[51:]):
        picture.write_bytes(damaged)
        with pytest.raises(StorageError, match="picture is missing or damaged"):
            folder.load(toy_extractors())
    picture.unlink()
    with pytest.raises(StorageError, match="picture is missing or damaged"):
        folder.load(toy_extractors())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"format": "kura-capture-session/2"}',
        '{"format": "kura-capture-session/1"}',
        "null",
        "[" * 9000,
    ],
)
def test_what_is_no_session(tmp_path: Path, text: str) -> None:
    (tmp_path / STATE_FILE).write_text(text)
    with pytest.raises(StorageError):
        SessionFolder(tmp_path).load(toy_extractors())


def test_every_value_of_the_state_is_checked(tmp_path: Path) -> None:
    folder = SessionFolder(tmp_path)
    _walk(_start(folder))
    document = json.loads((tmp_path / STATE_FILE).read_text())
    changes: tuple[dict[str, object], ...] = (
        {"started_at": "yesterday"},
        {"steps": [{}]},
        {"steps": [document["steps"][0] | {"phase": "done"}]},
        {"steps": [document["steps"][0] | {"positions": ["toe"]}]},
        {"steps": [document["steps"][0] | {"tries": [{}]}]},
        {"exceptions": [{}]},
    )
    for change in changes:
        (tmp_path / STATE_FILE).write_text(json.dumps(document | change))
        with pytest.raises(StorageError):
            folder.load(toy_extractors())


def test_a_full_disk_is_a_typed_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError):
        _start(SessionFolder(tmp_path / "file"))


@pytest.mark.parametrize(
    ("step", "change"),
    [
        (0, {"best": None}),
        (0, {"phase": "separated", "best": None}),
        (0, {"phase": "excepted", "best": None}),
        (0, {"phase": "asked"}),
        (1, {"phase": "open", "pending": None, "tries": [], "allowed": 0}),
        (1, {"pending": None}),
        (1, {"phase": "accepted"}),
        (1, {"allowed": 0}),
    ],
)
def test_a_session_that_contradicts_itself(tmp_path: Path, step: int, change: dict[str, object]) -> None:
    folder = SessionFolder(tmp_path)
    _walk(_start(folder))
    document = json.loads((tmp_path / STATE_FILE).read_text())
    document["steps"][step] |= change
    (tmp_path / STATE_FILE).write_text(json.dumps(document))
    with pytest.raises(StorageError, match="contradicts itself"):
        folder.load(toy_extractors())


def test_doubts_that_nobody_else_accepted(tmp_path: Path) -> None:
    folder = SessionFolder(tmp_path)
    session = CaptureSession.start(CapturePlan.of(PlanKind.SINGLES), toy_tools(), operator="oumar", keep=folder.keep)
    for asked in (Position.RIGHT_THUMB, *[Position.RIGHT_INDEX] * 3):
        session.offer(CaptureStep(positions=(asked,)), single(Touch(Position.RIGHT_THUMB), asked))
    session.accept_best("right_index", Approval(approver="awa", reason="seen"))
    folder.load(toy_extractors())
    text = (tmp_path / STATE_FILE).read_text()
    (tmp_path / STATE_FILE).write_text(text.replace('"approver": "awa"', '"approver": "Oumar"'))
    with pytest.raises(StorageError, match="by its operator alone"):
        folder.load(toy_extractors())


@pytest.mark.parametrize(
    "change", [{"picture": 7}, {"picture": []}, {"simulated": False}, {"ppi": "x"}, {"position": 1}]
)
def test_every_value_of_a_sample_is_checked(tmp_path: Path, change: dict[str, object]) -> None:
    folder = SessionFolder(tmp_path)
    _walk(_start(folder))
    document = json.loads((tmp_path / STATE_FILE).read_text())
    document["steps"][0]["best"]["samples"][0] |= change
    (tmp_path / STATE_FILE).write_text(json.dumps(document))
    with pytest.raises(StorageError):
        folder.load(toy_extractors())
    del document["steps"][0]["best"]["samples"][0]["picture"]
    (tmp_path / STATE_FILE).write_text(json.dumps(document))
    with pytest.raises(StorageError, match="damaged"):
        folder.load(toy_extractors())


def test_the_same_picture_twice_keeps_its_times(tmp_path: Path) -> None:
    folder = SessionFolder(tmp_path)
    session = CaptureSession.start(CapturePlan.of(PlanKind.SLAPS), toy_tools(), operator="oumar", keep=folder.keep)
    three = hand(Slap.RIGHT, lifted=[Position.RIGHT_RING])
    step = session.next_step
    assert step is not None
    session.offer(step, whole(three))
    session.recapture("right")
    session.offer(step, whole(three))
    assert _told(_resume(folder).state) == _told(session.state)


def test_what_else_lies_in_the_folder_stays(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    folder = SessionFolder(tmp_path)
    _walk(_start(folder))
    (tmp_path / ".abc.picture.x1y2").write_bytes(b"half a picture")
    folder.erase()
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]
