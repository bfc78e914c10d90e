"""The trail cannot be rewritten by mistake, and shows it when it was rewritten on purpose."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from biometrics.errors import RecordError
from biometrics.records import SYSTEM, Actor, ActorRole, AuditEvent
from registry.columns import canonical_json
from registry.faults import FaultKind
from registry.store import Registry
from tests.registry.people import enroll

EVENTS = 6
TABLES = ("audit_events", "changes")
TEXT_COLUMNS = ("at", "action", "subject_id", "details", "actor", "post", "purpose", "previous", "digest")


def database(home: Path) -> sqlite3.Connection:
    return sqlite3.connect(home / "registry" / "registry.db", isolation_level=None)


def drop_triggers(connection: sqlite3.Connection) -> None:
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {name}")


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


def test_the_digest_is_that_of_the_canonical_text(registry: Registry, home: Path) -> None:
    with registry.writing() as writer:
        writer.append_event("b", None, {"z": 1, "a": "é"})
        writer.append_event("c", "s", {})
    with database(home) as raw:
        rows = raw.execute("SELECT at, previous, digest FROM audit_events ORDER BY sequence").fetchall()
    raw.close()
    first = (
        f'{{"action":"b","actor":"system","at":"{rows[0][0]}","details":{{"a":"é","z":1}},"previous":"{"0" * 64}",'
        f'"role":"system","sequence":1,"subject_id":null}}'
    )
    assert rows[0][2] == hashlib.sha256(first.encode()).hexdigest()
    assert rows[1][1] == rows[0][2]


def test_events_name_who_acted(registry: Registry) -> None:
    supervisor = Actor(name="a.touré", role=ActorRole.SUPERVISOR, post="paris", station="paris-2", purpose="correction")
    with registry.writing(supervisor) as writer:
        assert writer.actor == supervisor
        writer.append_event("x", None, {})
    with registry.writing() as writer:
        writer.append_event("y", None, {})
    assert [event.actor for event in registry.events()] == [supervisor, SYSTEM]
    assert registry.check() == []


def test_events_from_before_actors_were_recorded_stay_valid(registry: Registry, home: Path) -> None:
    digest, at = "0" * 64, "2026-01-31T12:00:00.000000+00:00"
    columns = "sequence, at, action, subject_id, details, previous, digest"
    with database(home) as raw:
        for sequence in (1, 2):
            values = {"sequence": sequence, "at": at, "action": "x", "subject_id": None, "previous": digest}
            digest = hashlib.sha256(canonical_json(values | {"details": {}}).encode()).hexdigest()
            row = (sequence, at, "x", None, "{}", values["previous"], digest)
            raw.execute(f"INSERT INTO audit_events ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        raw.execute("UPDATE heads SET event_sequence = 2, event_digest = ?", (digest,))
    raw.close()
    assert registry.check() == []
    assert [event.actor for event in registry.events()] == [None, None]


@pytest.mark.parametrize("name", ["", "a" * 201, "two\nlines", "\ud800"])
def test_who_acts_has_a_name_that_can_be_shown(name: str) -> None:
    with pytest.raises(RecordError, match="who acts"):
        Actor(name=name)


@pytest.mark.parametrize("details", [{"time": object()}, {"score": float("nan")}, {"text": "\ud800"}])
def test_details_are_json(registry: Registry, details: dict[str, Any]) -> None:
    with pytest.raises(RecordError, match="JSON"), registry.writing() as writer:
        writer.append_event("x", None, details)
    assert registry.events() == ()


def test_events_of_changes_cannot_be_made_up(registry: Registry) -> None:
    with pytest.raises(RecordError), registry.writing() as writer:
        writer.append_event("encounter.added", None, {})


@pytest.mark.parametrize("table", TABLES)
def test_the_database_refuses_to_rewrite(registry: Registry, home: Path, table: str) -> None:
    enroll(registry, "one")
    raw = database(home)
    statements = (
        f"UPDATE {table} SET sequence = 7",
        f"DELETE FROM {table}",
        f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}",
    )
    for statement in statements:
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            raw.execute(statement)
    raw.close()
    assert registry.check() == []


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a registry with a trail, closed, to be copied and edited."""
    home = tmp_path_factory.mktemp("recorded")
    actor = Actor(name="operator", post="paris", station="paris-2", purpose="a test")
    with Registry.open(home) as registry:
        for number in range(EVENTS):
            with registry.writing(actor) as writer:
                writer.append_event(f"action {number}", f"subject {number}", {"number": number, "score": 0.5})
    return home


@st.composite
def edits(draw: st.DrawFn) -> tuple[str, tuple[Any, ...]]:
    row = draw(st.integers(1, EVENTS))
    column = draw(st.sampled_from(TEXT_COLUMNS))
    other = draw(st.sampled_from(TEXT_COLUMNS))
    value = draw(st.one_of(st.text(max_size=30), st.binary(max_size=30), st.integers(-9, 9), st.just("{}")))
    return draw(
        st.sampled_from(
            [
                (f"UPDATE audit_events SET {column} = ? WHERE sequence = ?", (value, row)),
                (f"UPDATE audit_events SET {column} = {column} || ' ' WHERE sequence = ?", (row,)),
                (f"UPDATE audit_events SET {column} = {other} WHERE sequence = ?", (row,)),
                (f"UPDATE audit_events SET {column} = CAST(x'ff' AS TEXT) WHERE sequence = ?", (row,)),
                ("UPDATE audit_events SET sequence = sequence + 100 WHERE sequence = ?", (row,)),
                ("UPDATE audit_events SET sequence = -sequence", ()),
                ("DELETE FROM audit_events WHERE sequence = ?", (row,)),
                ("DELETE FROM audit_events WHERE sequence >= ?", (row,)),
                (
                    "INSERT INTO audit_events (sequence, at, action, subject_id, details, previous, digest)"
                    " SELECT sequence + 100, at, action, subject_id, details, previous, digest"
                    " FROM audit_events WHERE sequence = ?",
                    (row,),
                ),
            ]
        )
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edit=edits())
def test_every_edit_of_the_trail_is_found(recorded: Path, tmp_path: Path, edit: tuple[str, tuple[Any, ...]]) -> None:
    home = tmp_path / "edited"
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(recorded, home)
    raw = database(home)
    drop_triggers(raw)
    everything = "SELECT sequence, hex(at), hex(action), hex(subject_id), hex(details), hex(actor), hex(post),"
    everything += " hex(purpose), hex(previous), hex(digest)"
    before = raw.execute(f"{everything} FROM audit_events").fetchall()
    raw.execute(*edit)
    edited = raw.execute(f"{everything} FROM audit_events").fetchall() != before
    raw.close()
    assume(edited)
    with Registry.open(home) as registry:
        kinds = {fault.kind for fault in registry.check()}
    assert kinds & {FaultKind.AUDIT, FaultKind.DATABASE}


def test_an_untouched_copy_is_clean(recorded: Path, tmp_path: Path) -> None:
    shutil.copytree(recorded, tmp_path / "copy")
    with Registry.open(tmp_path / "copy") as registry:
        assert registry.check() == []
        assert registry.counts().events == EVENTS


def test_an_event_rewritten_with_a_fitting_digest_breaks_the_chain_after_it(recorded: Path, tmp_path: Path) -> None:
    shutil.copytree(recorded, tmp_path / "copy")
    raw = database(tmp_path / "copy")
    raw.row_factory = sqlite3.Row
    drop_triggers(raw)
    row = dict(raw.execute("SELECT * FROM audit_events WHERE sequence = 3").fetchone())
    row |= {"action": "nothing happened", "details": json.loads(row["details"])}
    row = {name: value for name, value in row.items() if value is not None and name != "digest"}
    digest = hashlib.sha256(canonical_json(row).encode()).hexdigest()
    raw.execute("UPDATE audit_events SET action = ?, digest = ? WHERE sequence = 3", (row["action"], digest))
    raw.close()
    with Registry.open(tmp_path / "copy") as registry:
        (fault,) = registry.check()
    assert fault.kind is FaultKind.AUDIT
    assert fault.message == "event 4 does not follow from the one before it"
