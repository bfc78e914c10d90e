"""The exchange of references: staging what a re-extraction makes, and putting all of it in place in one transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Delete, bindparam, delete, insert, select, update

from biometrics.errors import RecordConflictError, StorageError
from biometrics.protocols import ChangeKind
from biometrics.template_codec import decode_template, encode_template
from biometrics.templates import BiometricReference
from registry.audit import (
    REFERENCES_REPLACED,
    REFERENCES_STAGED,
    REFERENCES_UNSTAGED,
    append_event,
    append_events,
)
from registry.checking_owners import strangers
from registry.keys.sections import keyring_of
from registry.record_seals import RECORD, encounter_seals
from registry.replacement import Replaced, Replacement, StagedResult, outdated, unreplaced
from registry.rows import StoredRow, reference_values
from registry.sealed import owned
from registry.sequence import add_changes
from registry.tables.core import encounters, references, staged_references

_BEGIN_ANEW = "give the re-extraction up with kura registry reextract --abandon, and run kura registry check"

_ENCOUNTERS_AT_ONCE = 500
"""Encounters exchanged in one go: a few megabytes of templates."""


def stage(connection: Connection, replacement: Replacement, results: Sequence[StagedResult]) -> None:
    """Keep what was made of some references; what another process staged meanwhile stays as it is.

    Raises
    ------
    RecordConflictError
        When a re-extraction to another model is unfinished.
    """
    require_no_other(connection, replacement)
    asked = [result.replaces for result in results]
    known = set(connection.scalars(select(staged_references.c.replaces).where(staged_references.c.replaces.in_(asked))))
    met = select(references.c.reference_id, references.c.encounter_id).where(references.c.reference_id.in_(asked))
    owners = {row.reference_id: row.encounter_id for row in connection.execute(met)}
    rows = [
        owned(staged_references, owners[result.replaces], _staged_values(replacement, result))
        for result in results
        if result.replaces not in known
    ]
    if rows:
        connection.execute(insert(staged_references), rows)
        details = {"model_id": replacement.model_id, "replaces": [row["replaces"] for row in rows]}
        append_event(connection, action=REFERENCES_STAGED, subject_id=None, details=details)


def _staged_values(replacement: Replacement, result: StagedResult) -> dict[str, Any]:
    return {
        "replaces": result.replaces,
        "model_id": replacement.model_id,
        "reference_id": None if result.reference is None else result.reference.reference_id,
        "template": None if result.reference is None else encode_template(result.reference.template),
        "failure": result.failure,
    }


def require_no_other(connection: Connection, replacement: Replacement) -> None:
    """Refuse to mix two re-extractions.

    Raises
    ------
    RecordConflictError
        When one to another model is unfinished.
    """
    found = connection.scalar(select(staged_references.c.model_id).limit(1))
    if found not in (None, replacement.model_id):
        raise RecordConflictError(
            f"a re-extraction to {found} is unfinished",
            source=replacement.model_id,
            remedy="finish it, or give it up with kura registry reextract --abandon",
        )


def forget_failures(connection: Connection) -> int:
    """Let a re-extraction try again what it could not do; return how much that is."""
    return _unstage(connection, delete(staged_references).where(staged_references.c.failure.is_not(None)))


def abandon(connection: Connection) -> int:
    """Forget everything an unfinished re-extraction made; return how much that was."""
    return _unstage(connection, delete(staged_references))


def _unstage(connection: Connection, deletion: Delete) -> int:
    removed = connection.execute(deletion).rowcount
    if removed:
        append_event(connection, action=REFERENCES_UNSTAGED, subject_id=None, details={"removed": removed})
    return removed


def replace_references(connection: Connection, replacement: Replacement) -> Replaced:
    """Retire all references of other models and add those that were staged, encounter by encounter.

    Raises
    ------
    RecordConflictError
        When some references were not dealt with yet.
    StorageError
        When somebody put a template into another encounter's row, where it would become that person's.
    """
    require_no_other(connection, replacement)
    for stranger in strangers(connection, staged_references, [staged_references.c.template]):
        raise StorageError(stranger.message, source=stranger.source, remedy=_BEGIN_ANEW)
    if unreplaced(connection, replacement, 1):
        raise RecordConflictError("references were added meanwhile", remedy="go on with the re-extraction")
    changed = connection.scalars(
        select(references.c.encounter_id).where(*outdated(replacement)).distinct().order_by(references.c.encounter_id)
    ).all()
    made = none = 0
    for start in range(0, len(changed), _ENCOUNTERS_AT_ONCE):
        rows = _exchanged_rows(connection, changed[start : start + _ENCOUNTERS_AT_ONCE], replacement)
        new = _replace(connection, rows, replacement)
        made, none = made + new, none + len(rows) - new
    abandon(connection)
    return Replaced(encounters=len(changed), references=made, left_out=none)


def _replace(connection: Connection, rows: Sequence[StoredRow], replacement: Replacement) -> int:
    """Exchange the references of some encounters; return how many were added."""
    by_encounter = {name: list(group) for name, group in groupby(rows, key=attrgetter("encounter_id"))}
    kinds = (ChangeKind.RETIRED, ChangeKind.ADDED)
    first = add_changes(connection, [(kind, name) for name in by_encounter for kind in kinds])
    retired: list[dict[str, Any]] = []
    added: list[dict[str, Any]] = []
    told: list[tuple[str, dict[str, Any]]] = []
    for number, (name, old) in enumerate(by_encounter.items()):
        retired_at, added_at = first + 2 * number, first + 2 * number + 1
        new = [
            reference_values(name, row.ordinal, _reference(row), added_at=added_at)
            for row in old
            if row.failure is None
        ]
        retired += [{"old": row.old_id, "change": retired_at} for row in old]
        added += [owned(references, name, row) for row in new]
        details = {
            "encounter_id": name,
            "model_id": replacement.model_id,
            "retired_at": retired_at,
            "added_at": added_at,
            "retired": [row.old_id for row in old],
            "references": {row["reference_id"]: hashlib.sha256(row["template"]).hexdigest() for row in new},
            "left_out": {row.old_id: row.failure for row in old if row.failure is not None},
        }
        told.append((old[0].subject_id, details))
    retire = update(references).where(references.c.reference_id == bindparam("old"))
    connection.execute(retire.values(retired_at=bindparam("change")), retired)
    if added:
        connection.execute(insert(references), added)
    seals = encounter_seals(connection, list(by_encounter))
    sealed = [(name, {**details, RECORD: seals[details["encounter_id"]]}) for name, details in told]
    append_events(connection, action=REFERENCES_REPLACED, told=sealed)
    return len(added)


def _exchanged_rows(
    connection: Connection, encounter_ids: Sequence[str], replacement: Replacement
) -> Sequence[StoredRow]:
    """Return the outdated references of encounters, each with what was staged for it."""
    keyring_of(connection).prefetch(connection, encounter_ids)
    return connection.execute(
        select(
            encounters.c.subject_id,
            references.c.encounter_id,
            references.c.reference_id.label("old_id"),
            references.c.ordinal,
            references.c.sample_sha256,
            staged_references.c.reference_id,
            staged_references.c.template,
            staged_references.c.failure,
        )
        .join(encounters, encounters.c.encounter_id == references.c.encounter_id)
        .join(staged_references, staged_references.c.replaces == references.c.reference_id)
        .where(*outdated(replacement), references.c.encounter_id.in_(encounter_ids))
        .order_by(references.c.encounter_id, references.c.ordinal)
    ).all()


def _reference(row: StoredRow) -> BiometricReference:
    return BiometricReference(
        reference_id=row.reference_id,
        subject_id=row.subject_id,
        template=decode_template(row.template),
        sample_sha256=row.sample_sha256,
    )
