"""The append-only audit trail: a Merkle log, to which whatever changes or reads records appends what it did.

What the log is made of, and how it is verified, is in `registry.audit_log`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from biometrics.records import SYSTEM, Actor
from biometrics.samples import now_utc
from registry.audit_log.examining import ANCHORED
from registry.audit_log.gate import require_anchored
from registry.audit_log.growing import grow
from registry.columns import utc_text
from registry.counting import count_events
from registry.keys.actions import KEY_ACTIONS
from registry.people_actions import PEOPLE_ACTIONS
from registry.rights.actions import RIGHTS_ACTIONS
from registry.service_actions import SERVICE_ACTIONS
from registry.tables.core import heads

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

CLOCK_SET_BACK = "clock.set_back"
"""The clock stands earlier than at the event before; the trail keeps what it says, and by how much."""

AUDIT_ANCHORED = ANCHORED
"""A state of the log was signed and goes to the second sink; the event names the anchor by number and digest."""

ACCESS_DENIED, ACCESS_GRANTED = "access.denied", "access.granted"
"""What the gate of the service, or the rules of a role, decided about calls of one kind, and how many there were."""

CLOCK_TOLERANCE_S = 2.0
"""What a clock that is kept right by NTP may be set back at most: it slews, and steps from half a second on."""

RESERVED_ACTIONS = (
    PEOPLE_ACTIONS
    | SERVICE_ACTIONS
    | RIGHTS_ACTIONS
    | KEY_ACTIONS
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
        CLOCK_SET_BACK,
        AUDIT_ANCHORED,
        ACCESS_DENIED,
        ACCESS_GRANTED,
    }
)
"""Events that the registry writes itself, with the change they tell about."""

UNEXTRACTED = "unextracted"
"""Under which the event of an imported encounter names the pictures, by ordinal, that came without a reference."""

ACTOR_COLUMNS = ("actor", "role", "post", "station", "purpose", "client", "route", "scope")
"""Who acted, and through which call of the network."""


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

    They name whoever the section acts for. Where the clock stands earlier than at the last event, an event says so
    first.

    Raises
    ------
    RecordError
        When details have no JSON form.
    AnchorsStaleError
        When nothing may be recorded before the log is anchored.
    """
    head = connection.execute(select(heads).with_for_update()).one()
    if not told:
        return int(head.event_sequence)
    require_anchored(connection, head, action)
    now, acted = now_utc(), actor_values(acting(connection))
    pending = [{"action": action, "subject_id": one, "details": dict(details), **acted} for one, details in told]
    behind_s = 0.0 if head.event_at is None else (head.event_at - now).total_seconds()
    if behind_s > CLOCK_TOLERANCE_S:
        details = {"behind_s": round(behind_s, 3), "last_at": utc_text(head.event_at)}
        set_back = {"action": CLOCK_SET_BACK, "subject_id": None, "details": details, **actor_values(SYSTEM)}
        pending.insert(0, set_back)
    rows = [row | {"sequence": number, "at": now} for number, row in enumerate(pending, start=head.event_sequence + 1)]
    grow(connection, head, rows)
    count_events(connection, [row | {"at": utc_text(row["at"])} for row in rows])
    return int(rows[-1]["sequence"])


def actor_values(actor: Actor) -> dict[str, Any]:
    """Return the columns that name an actor."""
    values = {name: getattr(actor, name) for name in ACTOR_COLUMNS if name != "actor"}
    return {"actor": actor.name, **values}
