"""The append-only audit trail: every event carries the SHA-256 of itself and of its predecessor.

The chain shows that the trail was edited, reordered or cut, as long as the editor did not compute all later digests
and the head anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, insert, select, update

from biometrics.errors import RecordError
from biometrics.records import SYSTEM, Actor
from biometrics.samples import now_utc
from registry.columns import canonical_json, utc_text
from registry.counting import count_events
from registry.people_actions import PEOPLE_ACTIONS
from registry.rows import StoredRow
from registry.service_actions import SERVICE_ACTIONS
from registry.tables.base import NO_DIGEST
from registry.tables.core import audit_events, heads

ENCOUNTER_ADDED = "encounter.added"
ENCOUNTER_RETIRED = "encounter.retired"
ENCOUNTER_MOVED = "encounter.moved"
ENCOUNTER_PURGED = "encounter.purged"
SUBJECT_MERGED = "subject.merged"
SUBJECT_UNMERGED = "subject.unmerged"
GALLERY_CREATED = "gallery.created"
REFERENCES_STAGED = "references.staged"
REFERENCES_UNSTAGED = "references.unstaged"
REFERENCES_REPLACED = "references.replaced"
REFERENCES_ADDED = "references.added"
ENCOUNTER_RESTORED = "encounter.restored"
REGISTRY_BACKED_UP = "registry.backed_up"
REGISTRY_RESTORED = "registry.restored"
REGISTRY_MIGRATED = "registry.migrated"
FILES_SWEPT = "files.swept"
CASE_OPENED = "case.opened"
CASE_RAISED = "case.raised"
CASE_ASSIGNED = "case.assigned"
CASE_VERDICT = "case.verdict"
CASE_CLOSED = "case.closed"
CASE_REOPENED = "case.reopened"
CASE_SEEDED = "case.seeded"

RESERVED_ACTIONS = (
    PEOPLE_ACTIONS
    | SERVICE_ACTIONS
    | {
        ENCOUNTER_ADDED,
        ENCOUNTER_RETIRED,
        ENCOUNTER_MOVED,
        ENCOUNTER_PURGED,
        REGISTRY_MIGRATED,
        SUBJECT_MERGED,
        SUBJECT_UNMERGED,
        GALLERY_CREATED,
        REFERENCES_STAGED,
        REFERENCES_UNSTAGED,
        REFERENCES_REPLACED,
        REFERENCES_ADDED,
        ENCOUNTER_RESTORED,
        CASE_OPENED,
        CASE_RAISED,
        CASE_ASSIGNED,
        CASE_VERDICT,
        CASE_CLOSED,
        CASE_REOPENED,
        CASE_SEEDED,
    }
)
"""Events that the registry writes itself, with the change they tell about."""

UNEXTRACTED = "unextracted"
"""Under which the event of an imported encounter names the pictures, by ordinal, that came without a reference."""

ACTOR_COLUMNS = ("actor", "role", "post", "station", "purpose")
"""Who acted; in the digest where they say something, so that events from before they were recorded stay valid."""


def act_as(connection: Connection, actor: Actor) -> None:
    """Let the events that this section appends from here on name an actor."""
    connection.execution_options(actor=actor)


def acting(connection: Connection) -> Actor:
    """Return whom the events of this section name."""
    actor: Actor = connection.get_execution_options().get("actor", SYSTEM)
    return actor


def append_event(connection: Connection, *, action: str, subject_id: str | None, details: Mapping[str, object]) -> int:
    """Add one event after the last one, within the caller's transaction, and return its number.

    Raises
    ------
    RecordError
        When the details have no JSON form.
    """
    return append_events(connection, action=action, told=[(subject_id, details)])


def append_events(
    connection: Connection, *, action: str, told: Sequence[tuple[str | None, Mapping[str, object]]]
) -> int:
    """Add events of one action, each about a subject with its details; return the number of the last.

    They name whoever the section acts for.

    Raises
    ------
    RecordError
        When details have no JSON form.
    """
    head = connection.execute(select(heads).with_for_update()).one()
    sequence, digest = int(head.event_sequence), head.event_digest
    acted = actor_values(acting(connection))
    rows: list[dict[str, Any]] = []
    for subject_id, details in told:
        sequence += 1
        values: dict[str, Any] = {
            "sequence": sequence,
            "at": now_utc(),
            "action": action,
            "subject_id": subject_id,
            "details": dict(details),
            "previous": digest,
            **acted,
        }
        digest = _digest(values | {"at": utc_text(values["at"]), "role": acted["role"].value})
        rows.append(values | {"digest": digest})
    if rows:
        connection.execute(insert(audit_events), rows)
        count_events(connection, [row | {"at": utc_text(row["at"])} for row in rows])
        connection.execute(update(heads).values(event_sequence=sequence, event_digest=digest))
    return sequence


def actor_values(actor: Actor) -> dict[str, Any]:
    """Return the columns that name an actor."""
    values = {name: getattr(actor, name) for name in ACTOR_COLUMNS if name != "actor"}
    return {"actor": actor.name, **values}


def chain_faults(connection: Connection) -> Iterator[str]:
    """Yield one sentence for every place where the trail is not what was written."""
    # Raw text, not typed values: an edit that means the same is still an edit.
    names = ", ".join(column.name for column in audit_events.columns)
    query = f"SELECT {names} FROM audit_events ORDER BY sequence"
    sequence, digest = 0, NO_DIGEST
    with connection.exec_driver_sql(query, execution_options={"yield_per": 256}) as rows:
        for row in rows:
            sequence += 1
            if row.sequence != sequence:
                yield f"event {sequence} is missing before event {row.sequence}"
                sequence = row.sequence
            elif row.previous != digest:
                yield f"event {sequence} does not follow from the one before it"
            if row.digest != _recomputed_digest(row):
                yield f"event {sequence} is not what was written"
            digest = row.digest
    head = connection.execute(select(heads)).one()
    if (head.event_sequence, head.event_digest) != (sequence, digest):
        yield f"the trail should end at event {head.event_sequence} and ends at event {sequence}"


def _recomputed_digest(row: StoredRow) -> str | None:
    """Return the digest a row should have; None when its details are not the JSON text this module writes."""
    values = row._asdict()
    del values["digest"]
    try:
        values["details"] = json.loads(row.details)
        return _digest(values) if canonical_json(values["details"]) == row.details else None
    except (TypeError, ValueError, RecordError):
        return None


def _digest(values: Mapping[str, object]) -> str:
    said = {name: value for name, value in values.items() if value is not None or name not in ACTOR_COLUMNS}
    return hashlib.sha256(canonical_json(said).encode()).hexdigest()
