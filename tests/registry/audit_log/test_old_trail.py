"""A trail of versions 1 to 4 becomes the log, unless it was edited."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from biometrics.errors import StorageError
from registry.audit_log.old_trail import log_old_events
from registry.columns import canonical_json
from registry.store import Registry

COLUMNS = ("sequence", "at", "action", "subject_id", "details", "actor", "role", "post", "station", "purpose")
EVENTS = 600


def old_rows() -> list[dict[str, Any]]:
    """Return a chain as version 4 wrote it; its first events are from before actors were recorded."""
    rows, digest = [], "0" * 64
    for sequence in range(1, EVENTS + 1):
        row: dict[str, Any] = dict.fromkeys(COLUMNS)
        row |= {"sequence": sequence, "at": "2026-01-31T12:00:00.000000+00:00", "action": "x", "previous": digest}
        if sequence > 3:
            row |= {"actor": "opérateur", "role": "operator", "subject_id": "s"}
        details = {"number": sequence}
        said = {name: row[name] for name in ("sequence", "at", "action", "subject_id", "previous")}
        said |= {name: row[name] for name in ("actor", "role") if row[name] is not None}
        digest = hashlib.sha256(canonical_json(said | {"details": details}).encode()).hexdigest()
        rows.append(row | {"details": canonical_json(details), "digest": digest})
    return rows


def move(registry: Registry, rows: list[dict[str, Any]], *, sequence: int = EVENTS, digest: str | None = None) -> None:
    names = (*COLUMNS, "previous", "digest")
    with registry._database.writing() as connection:
        kinds = ", ".join(f"{name} {'INTEGER' if name == 'sequence' else 'TEXT'}" for name in names)
        connection.exec_driver_sql(f"CREATE TABLE old_audit_events ({kinds})")
        quoted = [", ".join("NULL" if row[name] is None else f"'{row[name]}'" for name in names) for row in rows]
        connection.exec_driver_sql(f"INSERT INTO old_audit_events VALUES {', '.join(f'({one})' for one in quoted)}")
        last = digest or old_rows()[-1]["digest"]
        log_old_events(connection, "old_audit_events", event_sequence=sequence, event_digest=last)
        connection.exec_driver_sql("DROP TABLE old_audit_events")


def test_an_old_trail_goes_on_as_the_log(registry: Registry) -> None:
    move(registry, old_rows())
    with registry.writing() as writer:
        writer.append_event("y", None, {})
    events = registry.events()
    assert [event.sequence for event in events] == list(range(1, EVENTS + 2))
    assert events[0].actor is None and events[3].actor is not None and events[3].actor.name == "opérateur"
    assert [fault for fault in registry.check() if fault.source == "audit_events"] == []


@pytest.mark.parametrize("edit", ["change", "remove", "swap", "cut", "forge"])
def test_an_edited_old_trail_is_not_taken(home: Path, registry: Registry, edit: str) -> None:
    rows, digest = old_rows(), None
    if edit == "change":
        rows[40]["action"] = "z"
    elif edit == "remove":
        del rows[40]
    elif edit == "swap":
        rows[40]["details"], rows[41]["details"] = rows[41]["details"], rows[40]["details"]
    elif edit == "cut":
        del rows[-1]
    else:
        digest = "f" * 64
    with pytest.raises(StorageError, match="older registry was edited"):
        move(registry, rows, digest=digest)
    assert registry.events() == ()
    assert registry.check() == []
