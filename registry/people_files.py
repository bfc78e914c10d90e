"""Whole files of many persons at once, as imports bring and exports take them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, select, update

from biometrics.errors import RecordError
from biometrics.people.history import PersonFile
from biometrics.people.identifiers import CheckLetter, IdentifierScheme, check_nina
from registry.audit import append_events
from registry.kept_files import claim_files
from registry.keys.sections import keyring_of
from registry.people_actions import PERSON_RECORDED
from registry.people_life import STATUS_AFTER, life_status
from registry.people_rows import OBJECT_OF, file_values
from registry.people_seals import DIGESTS, ENDED, Digests, ending_seal, insert_sealed, is_ended, row_key
from registry.samples import SampleStore
from registry.search_rows import index_people
from registry.tables.core import encounters, subjects
from registry.tables.people import (
    KEYS,
    capture_exceptions,
    evidence,
    guardians,
    identifiers,
    life_events,
    person_versions,
)

_SUBJECTS_AT_ONCE = 500
"""SQLite takes 32,766 values in a statement; hundreds keep plans simple on either database."""

_ORDER: dict[Table, tuple[ColumnElement[Any], ...]] = {
    person_versions: (person_versions.c.version,),
    identifiers: (identifiers.c.valid_from, identifiers.c.identifier_id),
    evidence: (evidence.c.recorded_at, evidence.c.evidence_id),
    capture_exceptions: (capture_exceptions.c.recorded_at, capture_exceptions.c.position),
    guardians: (guardians.c.recorded_at, guardians.c.guardian_id),
    life_events: (life_events.c.recorded_at, life_events.c.event_id),
}


def add_people(
    connection: Connection,
    sample_store: SampleStore,
    files: Sequence[PersonFile],
    verifier: CheckLetter | None = None,
) -> None:
    """Record the files of subjects that have none, history included; their subjects and encounters must be there.

    The files of scans and photos must have been stored before. Status follows the life events. Everybody gets an audit
    event that proves all rows.

    Raises
    ------
    RecordConflictError
        When an identifier, a version or a number that is held exists already.
    RecordError
        When the versions of a file are not numbered from 1, or it tells of another subject.
    PersonDataError
        When the last letter of a NINA does not fit.
    StorageError
        When a scan or a photo was not stored.
    """
    for file in files:
        _check(file, verifier)
    values = [file_values(file) for file in files]
    claims = [(row["subject_id"], row["scan_sha256"]) for rows in values for row in rows[evidence]]
    claims += [(row["encounter_id"], row["photo_sha256"]) for rows in values for row in rows[capture_exceptions]]
    claim_files(connection, sample_store, [(owner, sha256) for owner, sha256 in claims if sha256 is not None])
    digests: Digests = {}
    for table in KEYS:
        digests |= insert_sealed(connection, table, [row for rows in values for row in rows[table]])
    index_people(connection, {file.subject_id: file.current.record for file in files if file.current})
    for file in files:
        if file.life_events:
            after = life_status(connection, file.subject_id)
            own = subjects.c.subject_id == file.subject_id, subjects.c.status.in_(list(STATUS_AFTER.values()))
            connection.execute(update(subjects).where(*own).values(status=after))
    told = [(file.subject_id, _details(connection, rows, digests)) for file, rows in zip(files, values, strict=True)]
    append_events(connection, action=PERSON_RECORDED, told=told)


def read_files(connection: Connection, subject_ids: Sequence[str]) -> tuple[PersonFile, ...]:
    """Return the files of subjects, in their order; a file is empty where nothing is recorded."""
    files: list[PersonFile] = []
    for start in range(0, len(subject_ids), _SUBJECTS_AT_ONCE):
        asked = subject_ids[start : start + _SUBJECTS_AT_ONCE]
        keyring_of(connection).prefetch(connection, asked)
        found = {table: _objects(connection, table, asked) for table in KEYS}
        files += [
            PersonFile(
                subject_id=subject_id,
                versions=tuple(found[person_versions].get(subject_id, ())),
                numbers=tuple(found[identifiers].get(subject_id, ())),
                evidence=tuple(found[evidence].get(subject_id, ())),
                exceptions=tuple(found[capture_exceptions].get(subject_id, ())),
                guardians=tuple(found[guardians].get(subject_id, ())),
                life_events=tuple(found[life_events].get(subject_id, ())),
            )
            for subject_id in asked
        ]
    return tuple(files)


def _objects(connection: Connection, table: Table, subject_ids: Sequence[str]) -> dict[str, list[Any]]:
    """Return what a table holds about subjects, by subject."""
    owner = encounters.c.subject_id if table is capture_exceptions else table.c.subject_id
    query = select(table, owner.label("owner_id")).where(owner.in_(subject_ids)).order_by(*_ORDER[table])
    if table is capture_exceptions:
        query = query.join(encounters, encounters.c.encounter_id == table.c.encounter_id)
        keyring_of(connection).prefetch(connection, query.with_only_columns(table.c.encounter_id).order_by(None))
    objects: dict[str, list[Any]] = {}
    for row in connection.execute(query).all():
        objects.setdefault(row.owner_id, []).append(OBJECT_OF[table](row))
    return objects


def _check(file: PersonFile, verifier: CheckLetter | None) -> None:
    numbered = [one.version for one in file.versions]
    if numbered != list(range(1, len(numbered) + 1)):
        raise RecordError("the versions of a person are not numbered from 1", source=file.subject_id)
    parts = (file.versions, file.numbers, file.evidence, file.guardians, file.life_events)
    if {one.subject_id for part in parts for one in part} - {file.subject_id}:
        raise RecordError("the file of a person tells of another subject", source=file.subject_id)
    for held in file.numbers:
        if held.number.scheme is IdentifierScheme.NINA and held.ended_at is None:
            check_nina(held.number.value, verifier)


def _details(
    connection: Connection, rows: Mapping[Table, Sequence[dict[str, Any]]], digests: Digests
) -> dict[str, object]:
    own = {table: [row_key(table, row) for row in held] for table, held in rows.items() if held}
    ended = {
        table.name: {row_key(table, row): ending_seal(connection, table, row) for row in held if is_ended(table, row)}
        for table, held in rows.items()
    }
    return {
        "version": len(rows[person_versions]),
        DIGESTS: {table.name: {key: digests[table.name][key] for key in keys} for table, keys in own.items()},
        ENDED: {name: keys for name, keys in ended.items() if keys},
    }
