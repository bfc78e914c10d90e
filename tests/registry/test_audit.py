"""The trail cannot be rewritten by mistake, and shows it when it was rewritten on purpose."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, reject, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from biometrics.errors import RecordError
from biometrics.records import SYSTEM, Actor, ActorRole, AuditEvent
from registry.audit_log.entries import entry_of
from registry.audit_log.hashing import leaf_hash
from registry.faults import FaultKind
from registry.store import Registry
from tests.registry.people import enroll
from tests.registry.raw import plain_connection, tamper

EVENTS = 6
TABLES = ("audit_events", "changes")
TEXT_COLUMNS = (
    "at",
    "action",
    "subject_id",
    "details",
    "actor",
    "post",
    "purpose",
    "client",
    "route",
    "scope",
    "digest",
)


def test_events_are_read_back_in_order(registry: Registry) -> None:
    with registry.writing() as writer:
        assert writer.append_event("gallery.checked", None, {"subjects": 3, "scores": [0.5, 1e-9]}) == 1
        assert writer.append_event("enrollment.decided", "abc", {"ɲama": None}) == 2
    events = registry.events()
    assert events == (
        AuditEvent(
            sequence=1,
            at=events[0].at,
            action="gallery.checked",
            subject_id=None,
            details={"subjects": 3, "scores": [0.5, 1e-9]},
            actor=SYSTEM,
        ),
        AuditEvent(
            sequence=2,
            at=events[1].at,
            action="enrollment.decided",
            subject_id="abc",
            details={"ɲama": None},
            actor=SYSTEM,
        ),
    )
    assert registry.events(since=1) == events[1:]
    assert all(event.at.utcoffset() is not None for event in events)
    assert registry.check() == []


def test_every_change_leaves_an_event_that_names_what_came(registry: Registry) -> None:
    encounter = enroll(registry, "one")
    with registry.writing() as writer:
        writer.retire_encounter(encounter.encounter_id)
    added, retired = registry.events()
    assert (added.action, retired.action) == ("encounter.added", "encounter.retired")
    assert added.subject_id == retired.subject_id == encounter.subject_id
    assert added.details["samples"] == [sample.sha256 for sample in encounter.samples]
    assert isinstance(added.details["references"], dict) and len(added.details["references"]) == 2
    assert "one" not in json.dumps([event.details for event in (added, retired)])


def test_the_digest_is_that_of_the_canonical_text(registry: Registry) -> None:
    with registry.writing() as writer:
        writer.append_event("b", None, {"z": 1, "a": "é"})
        writer.append_event("c", "s", {})
    with plain_connection(registry) as raw:
        rows = raw.execute(text("SELECT at, digest FROM audit_events ORDER BY sequence")).all()
        root = raw.scalar(text("SELECT event_digest FROM heads"))
    leaves = [
        f'{{"action":"b","actor":"system","at":"{rows[0][0]}","details":{{"a":"é","z":1}},'
        f'"role":"system","sequence":1,"subject_id":null}}',
        f'{{"action":"c","actor":"system","at":"{rows[1][0]}","details":{{}},'
        f'"role":"system","sequence":2,"subject_id":"s"}}',
    ]
    hashes = [hashlib.sha256(b"\0" + leaf.encode()).digest() for leaf in leaves]
    assert [row[1] for row in rows] == [digest.hex() for digest in hashes]
    assert root == hashlib.sha256(b"\1" + hashes[0] + hashes[1]).hexdigest()


def test_events_name_who_acted(registry: Registry) -> None:
    supervisor = Actor(name="a.touré", role=ActorRole.SUPERVISOR, post="paris", station="paris-2", purpose="correction")
    with registry.writing(supervisor) as writer:
        assert writer.actor == supervisor
        writer.append_event("x", None, {})
    with registry.writing() as writer:
        writer.append_event("y", None, {})
    assert [event.actor for event in registry.events()] == [supervisor, SYSTEM]
    assert registry.check() == []


@pytest.mark.parametrize("name", ["", "a" * 201, "two\nlines", "\ud800"])
def test_who_acts_has_a_name_that_can_be_shown(name: str) -> None:
    with pytest.raises(RecordError, match="who acts"):
        Actor(name=name)


@pytest.mark.parametrize("purpose", ["half a character \udce9", "x" * 501, "two\nlines"])
def test_a_purpose_that_cannot_be_recorded_is_refused(purpose: str) -> None:
    with pytest.raises(RecordError, match="of who acts"):
        Actor(name="operator", purpose=purpose)


@pytest.mark.parametrize("details", [{"time": object()}, {"score": float("nan")}, {"text": "\ud800"}])
def test_details_are_json(registry: Registry, details: dict[str, Any]) -> None:
    with pytest.raises(RecordError, match="JSON"), registry.writing() as writer:
        writer.append_event("x", None, details)
    assert registry.events() == ()


def test_events_of_changes_cannot_be_made_up(registry: Registry) -> None:
    with pytest.raises(RecordError), registry.writing() as writer:
        writer.append_event("encounter.added", None, {})


@pytest.mark.parametrize("table", TABLES)
def test_the_database_refuses_to_rewrite(registry: Registry, table: str) -> None:
    enroll(registry, "one")
    statements = [f"UPDATE {table} SET sequence = 7", f"DELETE FROM {table}"]
    with plain_connection(registry) as raw:
        if raw.dialect.name == "postgresql":
            clash = "ON CONFLICT (sequence) DO UPDATE SET sequence = 7"
            statements += [f"TRUNCATE {table} CASCADE", f"INSERT INTO {table} SELECT * FROM {table} {clash}"]
        else:
            statements += [f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}"]
        for statement in statements:
            with pytest.raises(IntegrityError, match="append-only"):
                raw.execute(text(statement))
    assert registry.check() == []


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """Return a registry with a trail and a copy of it, to be edited and restored."""
    actor = Actor(name="operator", post="paris", station="paris-2", purpose="a test")
    with Registry.open(tmp_path_factory.mktemp("recorded")) as registry:
        for number in range(EVENTS):
            with registry.writing(actor) as writer:
                writer.append_event(f"action {number}", f"subject {number}", {"number": number, "score": 0.5})
        tamper(registry, "CREATE TABLE kept AS SELECT * FROM audit_events")
        yield registry


@pytest.fixture
def trail(recorded: Registry) -> Iterator[Registry]:
    """Return the recorded registry as it was recorded."""
    restore(recorded)
    yield recorded
    restore(recorded)


def restore(registry: Registry) -> None:
    tamper(registry, "DELETE FROM audit_events")
    tamper(registry, "INSERT INTO audit_events SELECT * FROM kept")


def is_edited(registry: Registry) -> bool:
    new = "SELECT count(*) FROM (SELECT * FROM audit_events EXCEPT SELECT * FROM kept) AS new"
    with plain_connection(registry) as raw:
        counts = (raw.scalar(text("SELECT count(*) FROM audit_events")), raw.scalar(text(new)))
    return counts != (EVENTS, 0)


@st.composite
def edits(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    row: dict[str, Any] = {"row": draw(st.integers(1, EVENTS))}
    column = draw(st.sampled_from(TEXT_COLUMNS))
    other = draw(st.sampled_from(TEXT_COLUMNS))
    value = draw(st.one_of(st.text(max_size=30), st.binary(max_size=30), st.integers(-9, 9), st.just("{}")))
    chosen: tuple[str, dict[str, Any]] = draw(
        st.sampled_from(
            [
                (f"UPDATE audit_events SET {column} = :value WHERE sequence = :row", {"value": value, **row}),
                (f"UPDATE audit_events SET {column} = {column} || ' ' WHERE sequence = :row", row),
                (f"UPDATE audit_events SET {column} = {other} WHERE sequence = :row", row),
                (f"UPDATE audit_events SET {column} = CAST(x'ff' AS TEXT) WHERE sequence = :row", row),
                ("UPDATE audit_events SET sequence = sequence + 100 WHERE sequence = :row", row),
                ("UPDATE audit_events SET sequence = -sequence", {}),
                ("DELETE FROM audit_events WHERE sequence = :row", row),
                ("DELETE FROM audit_events WHERE sequence >= :row", row),
                (
                    "INSERT INTO audit_events (sequence, at, action, subject_id, details, digest)"
                    " SELECT sequence + 100, at, action, subject_id, details, digest"
                    " FROM audit_events WHERE sequence = :row",
                    row,
                ),
            ]
        )
    )
    return chosen


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edit=edits())
def test_every_edit_of_the_trail_is_found(trail: Registry, edit: tuple[str, dict[str, Any]]) -> None:
    restore(trail)
    statement, values = edit
    try:
        tamper(trail, statement, **values)
    except (DBAPIError, UnicodeEncodeError):
        reject()  # PostgreSQL holds nothing but text in a column of text
    assume(is_edited(trail))
    assert {fault.kind for fault in trail.check()} & {FaultKind.AUDIT, FaultKind.DATABASE}


def test_an_untouched_trail_is_clean(trail: Registry) -> None:
    assert trail.check() == []
    assert trail.counts().events == EVENTS


def test_an_event_rewritten_with_a_fitting_digest_is_found_by_the_root(trail: Registry) -> None:
    with plain_connection(trail) as raw:
        row = dict(raw.execute(text("SELECT * FROM audit_events WHERE sequence = 3")).one()._mapping)
    row |= {"action": "nothing happened", "details": json.loads(row["details"])}
    digest = leaf_hash(entry_of({name: value for name, value in row.items() if name != "digest"})).hex()
    rewriting = "UPDATE audit_events SET action = :action, digest = :digest WHERE sequence = 3"
    tamper(trail, rewriting, action=row["action"], digest=digest)
    assert [fault.message for fault in trail.check()] == [
        "the events are not those that the head of the log was made of",
        "the right edge of the log is not that of its events",
    ]


def test_text_moved_between_details_and_a_column_is_found(trail: Registry) -> None:
    moving = """UPDATE audit_events SET details = details || ',"post":"paris"', post = NULL WHERE sequence = 3"""
    tamper(trail, moving)
    assert "event 3 is not what was written" in [fault.message for fault in trail.check()]


def test_a_clock_that_is_set_back_leaves_an_event(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    moments = [datetime(2026, 11, 27, hour, tzinfo=UTC) for hour in (12, 10, 11)]
    for moment in moments:
        monkeypatch.setattr("registry.audit.now_utc", lambda moment=moment: moment)
        with registry.writing() as writer:
            writer.append_event("x", None, {})
    actions = [(event.action, event.at, event.details) for event in registry.events()]
    told = {"behind_s": 7200.0, "last_at": "2026-11-27T12:00:00.000000+00:00"}
    assert actions == [
        ("x", moments[0], {}),
        ("clock.set_back", moments[1], told),
        ("x", moments[1], {}),
        ("x", moments[2], {}),
    ]
    assert registry.check() == []
