"""Anchors reach the sink in order, none is lost, and while they do not nothing is recorded or read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from biometrics.errors import AnchorsStaleError, SignerUnavailableError, StorageError
from biometrics.records import SYSTEM
from biometrics.samples import now_utc
from biometrics.signing.signer import Signer
from registry.access import PERSON_READ
from registry.audit_log.anchoring import Anchoring
from registry.audit_log.anchors import Anchor, chain_faults
from registry.audit_log.freshness import AnchorPolicy
from registry.audit_log.sinks import AnchorSink, FileSink
from registry.audit_log.state import AuditState, audit_state
from registry.audit_log.verifying import log_faults
from registry.signing.software import SoftwareSigner
from registry.store import Registry
from tests.registry.audit_log.sinks import HeldClock, HeldSink

POLICY = AnchorPolicy(every_s=60.0, every_events=5, alarm_after_s=600.0, stop_after_s=3600.0)


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
def sink() -> HeldSink:
    return HeldSink()


def anchoring_of(
    registry: Registry, clock: HeldClock, *sinks: AnchorSink, signer: Callable[[], Signer] | None = None
) -> Anchoring:
    return Anchoring(registry._database, POLICY, sinks, signer or (lambda: SoftwareSigner(bytes(32))), clock)


def write(registry: Registry, times: int = 1) -> None:
    for _ in range(times):
        with registry.writing() as writer:
            writer.append_event("x", None, {})


def state(registry: Registry, anchoring: Anchoring) -> AuditState:
    with registry._database.reading() as connection:
        return audit_state(connection, anchoring)


def faults(registry: Registry, lines: list[str]) -> list[str]:
    found: list[Anchor] = []
    keys = registry.signing.trusted()
    told = list(chain_faults([line.encode() for line in lines], keys, now_utc(), found))
    with registry._database.reading() as connection:
        return told + list(log_faults(connection, found))


def test_anchors_are_made_when_enough_events_wait_or_one_waits_long_enough(
    registry: Registry, clock: HeldClock, sink: HeldSink
) -> None:
    anchoring = registry.keep_anchored(POLICY, [sink])
    anchoring._clock = anchoring.waiting._clock = clock
    anchoring.work()
    assert sink.lines == []
    write(registry, 4)
    anchoring.work()
    assert sink.lines == []
    write(registry)
    anchoring.work()
    assert len(sink.lines) == 1
    write(registry)
    clock.now_s += 59
    anchoring.work()
    assert len(sink.lines) == 1
    clock.now_s += 1
    anchoring.work()
    assert len(sink.lines) == 2
    assert faults(registry, sink.lines) == []
    assert registry.check() == []


def test_a_log_that_rests_makes_no_further_anchor(registry: Registry, clock: HeldClock, sink: HeldSink) -> None:
    anchoring = anchoring_of(registry, clock, sink)
    write(registry)
    anchoring.work(now=True)
    clock.now_s += 1e6
    anchoring.work(now=True)
    assert len(sink.lines) == 1
    assert not state(registry, anchoring).alarming
    write(registry)


def test_a_sink_that_does_not_answer_alarms_then_stops_everything_until_it_does(
    registry: Registry, clock: HeldClock, sink: HeldSink
) -> None:
    anchoring = anchoring_of(registry, clock, sink)
    sink.answers = False
    write(registry)
    clock.now_s += POLICY.alarm_after_s - 1
    with pytest.raises(StorageError):
        anchoring.work()
    assert not state(registry, anchoring).alarming
    clock.now_s += 1
    told = state(registry, anchoring)
    assert told.alarming and not told.stopped and told.failing == "held: the sink does not answer"
    write(registry)
    clock.now_s += POLICY.stop_after_s
    before = registry.counts().events
    with pytest.raises(AnchorsStaleError, match="nothing is recorded or read"):
        write(registry)
    with pytest.raises(AnchorsStaleError):
        registry.consult(SYSTEM, PERSON_READ, ["somebody"], lambda record: record.subjects())
    assert registry.counts().events == before
    sink.answers = True
    anchoring.work()
    write(registry)
    assert state(registry, anchoring).failing is None
    assert not state(registry, anchoring).stopped
    anchoring.work(now=True)
    assert [line for line in sink.lines if sink.lines.count(line) > 1] == []


def test_a_clock_that_is_set_back_makes_nothing_younger(
    registry: Registry, clock: HeldClock, sink: HeldSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink.answers = False
    start = datetime(2026, 11, 27, 12, tzinfo=UTC)
    for moment in (start, start + timedelta(hours=2)):
        monkeypatch.setattr("registry.audit.now_utc", lambda moment=moment: moment)
        write(registry)
    monkeypatch.setattr("registry.audit_log.anchoring.now_utc", lambda: start - timedelta(days=1))
    anchoring = anchoring_of(registry, clock, sink)
    assert anchoring.waiting.age_s == 7200.0
    assert anchoring.waiting.stopped


def test_a_process_that_starts_far_behind_does_not_begin(registry: Registry, clock: HeldClock, sink: HeldSink) -> None:
    write(registry, 10 * POLICY.every_events + 1)
    anchoring = anchoring_of(registry, clock, sink)
    with pytest.raises(AnchorsStaleError):
        write(registry)
    anchoring.work()
    write(registry)


def test_a_key_that_is_away_is_asked_again(registry: Registry, clock: HeldClock, sink: HeldSink) -> None:
    def away() -> Signer:
        raise SignerUnavailableError("the token does not answer; nothing was signed")

    anchoring = anchoring_of(registry, clock, sink, signer=away)
    write(registry)
    with pytest.raises(SignerUnavailableError):
        anchoring.work(now=True)
    assert state(registry, anchoring).failing == "the token does not answer; nothing was signed"
    assert sink.lines == []
    anchoring._signer = lambda: SoftwareSigner(bytes(32))
    anchoring.work(now=True)
    assert len(sink.lines) == 1


def test_the_first_key_is_recorded_while_everything_else_stands_still(
    registry: Registry, clock: HeldClock, sink: HeldSink
) -> None:
    write(registry)
    anchoring = registry.keep_anchored(POLICY, [sink])
    anchoring.waiting._since = anchoring.waiting._clock() - POLICY.stop_after_s
    with pytest.raises(AnchorsStaleError):
        write(registry)
    anchoring.work()
    write(registry)
    assert faults(registry, sink.lines) == []


def test_an_anchor_recorded_before_the_process_ended_is_delivered_by_the_next(
    registry: Registry, clock: HeldClock, sink: HeldSink
) -> None:
    sink.answers = False
    write(registry)
    with pytest.raises(StorageError):
        anchoring_of(registry, clock, sink).work(now=True)
    sink.answers = True
    again = anchoring_of(registry, clock, sink)
    again.work()
    assert len(sink.lines) == 1
    again.work(now=True)
    assert len(sink.lines) == 1


def test_the_thread_anchors_at_its_beginning_and_its_end(registry: Registry, sink: HeldSink) -> None:
    write(registry, POLICY.every_events)
    anchoring = registry.keep_anchored(POLICY, [sink])
    with anchoring.kept_regularly():
        assert len(sink.lines) == 1
        write(registry)
    assert len(sink.lines) == 1  # so soon after the last one, many short commands leave none each
    with anchoring.kept_regularly(at_end=True):
        write(registry)
    assert len(sink.lines) == 2
    assert faults(registry, sink.lines) == []


def test_what_was_done_to_anchors_is_told(registry: Registry, clock: HeldClock, sink: HeldSink) -> None:
    anchoring = registry.keep_anchored(POLICY, [sink])
    for _ in range(4):
        write(registry)
        anchoring.work(now=True)
    lines = sink.lines
    assert faults(registry, [*lines[:2], lines[1], *lines[2:]]) == []
    assert faults(registry, lines[:-1]) == ["anchor 4, of which event 9 tells, is missing"]
    assert "line 2: anchor 2 is missing before anchor 3" in faults(registry, [lines[0], *lines[2:]])
    assert faults(registry, [lines[1], lines[0], *lines[2:]]) != []
    assert faults(registry, [lines[0].replace('"size":2', '"size":1'), *lines[1:]])[0].startswith("the signature")
    assert faults(registry, ["{}", *lines])[0] == "line 1: this is no anchor"


def test_a_file_takes_each_line_once_and_finishes_a_cut_one(tmp_path: Path) -> None:
    path = tmp_path / "anchors.jsonl"
    sink = FileSink(path)
    for line in ("one", "one", "two"):
        sink.deliver(line)
    assert path.read_bytes() == b"one\ntwo\n"
    with path.open("ab") as file:
        file.write(b"thr")
    sink.deliver("three")
    assert path.read_bytes() == b"one\ntwo\nthree\n"
    with path.open("ab") as file:
        file.write(b"something else")
    with pytest.raises(StorageError, match="middle of another line"):
        sink.deliver("four")
    with pytest.raises(StorageError):
        FileSink(tmp_path / "none" / "anchors.jsonl").deliver("one")
