"""Verification of how references came and went after their encounter was recorded, against the audit trail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, func, select

from registry.audit import ENCOUNTER_RESTORED, ENCOUNTER_RETIRED, REFERENCES_ADDED, REFERENCES_REPLACED
from registry.checking_contents import template_digest, with_keys
from registry.faults import Fault, FaultKind
from registry.purging import purged_encounters
from registry.rows import StoredRow
from registry.sealed import as_it_lies
from registry.tables.core import audit_events, changes, references


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trail:
    """What the audit trail tells: references that came later, and changes by which references or encounters went."""

    added: dict[str, tuple[int, str]] = field(default_factory=dict)
    retired: dict[str, int] = field(default_factory=dict)
    encounters_retired: dict[str, list[int]] = field(default_factory=dict)

    def retired_at(self, row: StoredRow) -> int | None:
        """Return the change by which a reference went: on its own, or with its encounter, which may come back."""
        later = (change for change in self.encounters_retired.get(row.encounter_id, ()) if change > row.added_at)
        return self.retired.get(row.reference_id, min(later, default=None))


def check_replacements(connection: Connection) -> Iterator[Fault]:
    """Yield a fault for every reference that came or went otherwise than the audit trail says.

    What came with its encounter is `check_encounters`' matter.
    """
    trail, first = _read_trail(connection), _first_changes(connection)
    columns = [references.c[name] for name in ("reference_id", "encounter_id", "added_at", "retired_at")]
    for row in with_keys(connection, select(*columns, as_it_lies(references.c.template))):
        for message in _differences(connection, row, trail, first.get(row.encounter_id)):
            yield Fault(kind=FaultKind.AUDIT, source=row.reference_id, message=message)
        trail.added.pop(row.reference_id, None)
    for reference_id in trail.added:
        message = "the audit trail tells of a reference that is not there"
        yield Fault(kind=FaultKind.AUDIT, source=reference_id, message=message)


def _differences(connection: Connection, row: StoredRow, trail: _Trail, first_change: int | None) -> Iterator[str]:
    if row.added_at != first_change:
        came = (row.added_at, template_digest(connection, row.template))
        if trail.added.get(row.reference_id) != came:
            yield "the reference is not what the audit trail says was added"
    if trail.retired_at(row) != row.retired_at:
        yield "the reference was not retired when the audit trail says"


def _first_changes(connection: Connection) -> dict[str, int]:
    query = select(changes.c.encounter_id, func.min(changes.c.sequence)).group_by(changes.c.encounter_id)
    return {row[0]: row[1] for row in connection.execute(query).all()}


def _read_trail(connection: Connection) -> _Trail:
    trail, purged = _Trail(), purged_encounters(connection)
    query = select(audit_events.c.action, audit_events.c.details).where(
        audit_events.c.action.in_((REFERENCES_ADDED, REFERENCES_REPLACED, ENCOUNTER_RETIRED, ENCOUNTER_RESTORED))
    )
    for event in connection.execute(query.order_by(audit_events.c.sequence)).all():
        told = _mapping(event.details)
        if event.action == ENCOUNTER_RETIRED:
            change = told.get("change")
            gone = trail.encounters_retired.setdefault(str(told.get("encounter_id")), [])
            gone += [change] if isinstance(change, int) else []
            continue
        if told.get("encounter_id") in purged:
            continue
        for reference_id, digest in _mapping(told.get("references")).items():
            trail.added[reference_id] = (told.get("added_at", 0), digest)
        names = told.get("retired")
        for reference_id in names if isinstance(names, list) else ():
            trail.retired[str(reference_id)] = told.get("retired_at", 0)
    return trail


def _mapping(value: Any) -> dict[str, Any]:
    """Return a JSON object; an empty one for anything else, which an edited trail may hold."""
    return value if isinstance(value, dict) else {}
