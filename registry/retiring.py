"""Encounters taken out of use, and brought back where that was a mistake."""

from __future__ import annotations

import hashlib

from sqlalchemy import Connection, func, insert, select, update

from biometrics.errors import RecordConflictError, RecordNotFoundError
from biometrics.protocols import ChangeKind
from biometrics.records import EncounterStatus
from registry.audit import ENCOUNTER_RESTORED, ENCOUNTER_RETIRED, append_event
from registry.document_names import settle_names
from registry.identifiers import new_identifier
from registry.record_seals import RECORD, encounter_seals
from registry.replacement import models_in_use
from registry.rows import StoredRow
from registry.sealed import owned
from registry.sequence import add_change
from registry.tables.core import changes, encounters, references


def retire_encounter(connection: Connection, encounter_id: str) -> int:
    """Take the references of an encounter out of use, keeping everything; return the change's number.

    Raises
    ------
    RecordNotFoundError
        When there is no such encounter.
    RecordConflictError
        When it is retired already.
    """
    found = _encounter(connection, encounter_id)
    if found.status is EncounterStatus.RETIRED:
        raise RecordConflictError("this encounter is retired already", source=encounter_id)
    _set_status(connection, encounter_id, EncounterStatus.RETIRED)
    sequence = add_change(connection, ChangeKind.RETIRED, encounter_id)
    in_use = references.c.retired_at.is_(None)
    connection.execute(
        update(references).where(references.c.encounter_id == encounter_id, in_use).values(retired_at=sequence)
    )
    details = {"encounter_id": encounter_id, "change": sequence}
    append_event(connection, action=ENCOUNTER_RETIRED, subject_id=found.subject_id, details=details)
    return sequence


def restore_encounter(connection: Connection, encounter_id: str, status: EncounterStatus) -> int:
    """Bring a retired encounter back, with its references under new identifiers; return the change's number.

    Raises
    ------
    RecordNotFoundError
        When there is no such encounter.
    RecordConflictError
        When it is not retired or was purged, or its references are of a model that is not used any more.
    """
    found = _encounter(connection, encounter_id)
    if found.status is not EncounterStatus.RETIRED:
        raise RecordConflictError("this encounter is not retired", source=encounter_id)
    if found.purged_at is not None:
        raise RecordConflictError(
            "what the encounter held was purged", source=encounter_id, remedy="capture the person again"
        )
    old = _retired_last(connection, encounter_id)
    _require_models_in_use(connection, old)
    _set_status(connection, encounter_id, status)
    sequence = add_change(connection, ChangeKind.ADDED, encounter_id)
    computed = references.c.model_id.name
    rows = [
        {name: value for name, value in row._mapping.items() if name != computed}
        | {"reference_id": new_identifier(), "added_at": sequence, "retired_at": None}
        for row in old
    ]
    if rows:
        connection.execute(insert(references), [owned(references, encounter_id, row) for row in rows])
    details = {
        "encounter_id": encounter_id,
        "added_at": sequence,
        "references": {row["reference_id"]: hashlib.sha256(row["template"]).hexdigest() for row in rows},
        RECORD: encounter_seals(connection, [encounter_id])[encounter_id],
    }
    append_event(connection, action=ENCOUNTER_RESTORED, subject_id=found.subject_id, details=details)
    settle_names(connection, [encounter_id])
    return sequence


def _encounter(connection: Connection, encounter_id: str) -> StoredRow:
    found = connection.execute(select(encounters).where(encounters.c.encounter_id == encounter_id)).one_or_none()
    if found is None:
        raise RecordNotFoundError("there is no such encounter", source=encounter_id)
    return found


def _retired_last(connection: Connection, encounter_id: str) -> list[StoredRow]:
    """Return the references that were in use when the encounter was retired."""
    retired = select(func.max(changes.c.sequence)).where(
        changes.c.encounter_id == encounter_id, changes.c.kind == ChangeKind.RETIRED
    )
    own = references.c.encounter_id == encounter_id
    last = references.c.retired_at == retired.scalar_subquery()
    return list(connection.execute(select(references).where(own, last).order_by(references.c.ordinal)).all())


def _require_models_in_use(connection: Connection, old: list[StoredRow]) -> None:
    used = models_in_use(connection)
    for row in old:
        others = {use.model_id for use in used if use.modality is row.position.modality}
        if others and row.model_id not in others:
            raise RecordConflictError(
                f"its references are of {row.model_id}, which is not used any more",
                source=row.encounter_id,
                remedy="capture the person again",
            )


def _set_status(connection: Connection, encounter_id: str, status: EncounterStatus) -> None:
    connection.execute(update(encounters).where(encounters.c.encounter_id == encounter_id).values(status=status))
