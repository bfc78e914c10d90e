"""Persons as the registry holds them, read in the form in which they are exchanged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, select

from biometrics.people.history import GrantedException, PersonFile
from biometrics.records import Subject, SubjectStatus
from biometrics.templates import BiometricReference
from registry.belonging import belongings
from registry.keys.sections import keyring_of
from registry.people_files import read_files
from registry.people_rows import exception_of
from registry.rows import StoredRow, encounter_of, reference_of, sample_of, subject_of
from registry.tables.core import changes, encounters, references, samples, subjects
from registry.tables.merges import merge_encounters, merges
from registry.tables.people import capture_exceptions
from registry.transfer.person import ExchangedEncounter, ExchangedMerge, ExchangedPerson

_AT_ONCE = 500


def read_persons(
    connection: Connection, subject_ids: Sequence[str], gallery: str | None = None
) -> list[ExchangedPerson]:
    """Return persons, in the order in which they are named; of one gallery only the encounters in it.

    Encounters that came with a merge that stands are those of whom they came from, and whoever was merged stands as
    before: the merge itself can be made again from this. References of retired encounters, those that a re-extraction
    replaced, and encounters that were purged are left out.
    """
    found: list[ExchangedPerson] = []
    for start in range(0, len(subject_ids), _AT_ONCE):
        found += _some_persons(connection, subject_ids[start : start + _AT_ONCE], gallery)
    return found


def _some_persons(connection: Connection, subject_ids: Sequence[str], gallery: str | None) -> list[ExchangedPerson]:
    keyring_of(connection).prefetch(connection, subject_ids)
    rows = {row.subject_id: row for row in _rows(connection, select(subjects).where(_among(subjects, subject_ids)))}
    merged = _standing_merges(connection, subject_ids)
    owners = _original_encounters(connection, subject_ids)
    met = _encounters(connection, owners, gallery)
    exceptions = _exceptions(connection, [one.encounter.encounter_id for one in met])
    files = {file.subject_id: file for file in read_files(connection, subject_ids)}
    people: list[ExchangedPerson] = []
    for subject_id in subject_ids:
        own = tuple(one for one in met if one.encounter.subject_id == subject_id)
        names = {one.encounter.encounter_id for one in own}
        people.append(
            ExchangedPerson(
                subject=_as_it_stood(subject_of(rows[subject_id]), merged.get(subject_id)),
                created_at=rows[subject_id].created_at,
                file=_own_file(files[subject_id], names, exceptions),
                encounters=own,
                merge=_exchanged(merged.get(subject_id)),
            )
        )
    return people


def _as_it_stood(subject: Subject, merge: StoredRow | None) -> Subject:
    if merge is None:
        return subject
    return replace(subject, status=SubjectStatus(merge.source_status), merged_into=None)


def _exchanged(merge: StoredRow | None) -> ExchangedMerge | None:
    if merge is None:
        return None
    return ExchangedMerge(into_id=merge.into_id, reason=merge.reason, merged_at=merge.merged_at)


def _own_file(file: PersonFile, encounter_ids: set[str], exceptions: Sequence[GrantedException]) -> PersonFile:
    """Return a file that names no encounter but the person's own."""
    return replace(
        file,
        versions=tuple(_without_others(one, encounter_ids) for one in file.versions),
        evidence=tuple(_without_others(one, encounter_ids) for one in file.evidence),
        exceptions=tuple(one for one in exceptions if one.encounter_id in encounter_ids),
    )


def _without_others(one: Any, encounter_ids: set[str]) -> Any:
    return one if one.encounter_id in encounter_ids or one.encounter_id is None else replace(one, encounter_id=None)


def _standing_merges(connection: Connection, subject_ids: Sequence[str]) -> dict[str, StoredRow]:
    standing = merges.c.undone_at.is_(None), merges.c.source_id.in_(subject_ids)
    keyring_of(connection).prefetch(connection, select(merges.c.merge_id).where(*standing))
    return {row.source_id: row for row in _rows(connection, select(merges).where(*standing))}


def _original_encounters(connection: Connection, subject_ids: Sequence[str]) -> dict[str, str]:
    """Return, by encounter, whose it was before the first of the merges that stand."""
    held = _rows(connection, select(encounters.c.encounter_id).where(_among(encounters, subject_ids)))
    standing = merges.c.undone_at.is_(None)
    came = select(merge_encounters.c.encounter_id, merges.c.source_id, merges.c.merged_at).join(
        merges, merges.c.merge_id == merge_encounters.c.merge_id
    )
    with_these = _rows(connection, came.where(standing, merges.c.source_id.in_(subject_ids)))
    asked = [row.encounter_id for row in (*held, *with_these)]
    first: dict[str, tuple[datetime, str]] = {}
    for start in range(0, len(asked), _AT_ONCE):
        among = merge_encounters.c.encounter_id.in_(asked[start : start + _AT_ONCE])
        for row in _rows(connection, came.where(standing, among)):
            first[row.encounter_id] = min(
                first.get(row.encounter_id, (row.merged_at, row.source_id)),
                (
                    row.merged_at,
                    row.source_id,
                ),
            )
    owners = {name: source for name, (_, source) in first.items()}
    current = belongings(connection, dict.fromkeys(asked))
    whole = {name: owners.get(name, current[name].subject_id) for name in current}
    named = set(subject_ids)
    return {name: owner for name, owner in whole.items() if owner in named}


def _encounters(connection: Connection, owners: dict[str, str], gallery: str | None) -> list[ExchangedEncounter]:
    """Return encounters with samples and references, in the order in which they were added."""
    names, held = list(owners), belongings(connection, owners)
    kept = [name for name in names if gallery is None or gallery in held[name].galleries]
    found: list[tuple[int, ExchangedEncounter]] = []
    for start in range(0, len(kept), _AT_ONCE):
        some = kept[start : start + _AT_ONCE]
        keyring_of(connection).prefetch(connection, some)
        first = select(changes.c.encounter_id, func.min(changes.c.sequence).label("added_at")).where(
            changes.c.encounter_id.in_(some)
        )
        numbered = {row.encounter_id: row.added_at for row in _rows(connection, first.group_by(changes.c.encounter_id))}
        sampled = _grouped(
            connection, select(samples).where(samples.c.encounter_id.in_(some)).order_by(samples.c.ordinal)
        )
        referenced = _references(connection, some, owners)
        here = encounters.c.encounter_id.in_(some), encounters.c.purged_at.is_(None)
        for row in _rows(connection, select(encounters).where(*here)):
            own_samples = tuple(sample_of(one) for one in sampled.get(row.encounter_id, ()))
            encounter = encounter_of(row, own_samples, held[row.encounter_id].galleries)
            encounter = replace(encounter, subject_id=owners[row.encounter_id])
            own_references = tuple(referenced.get(row.encounter_id, ()))
            exchanged = ExchangedEncounter(encounter=encounter, references=own_references)
            found.append((numbered.get(row.encounter_id, 0), exchanged))
    return [one for _, one in sorted(found, key=lambda pair: pair[0])]


def _references(
    connection: Connection, encounter_ids: Sequence[str], owners: dict[str, str]
) -> dict[str, list[BiometricReference]]:
    """Return the references in use, by encounter."""
    query = (
        select(references, encounters.c.subject_id)
        .join(encounters, encounters.c.encounter_id == references.c.encounter_id)
        .where(references.c.encounter_id.in_(encounter_ids), references.c.retired_at.is_(None))
        .order_by(references.c.added_at, references.c.ordinal)
    )
    return {
        name: [replace(reference_of(row), subject_id=owners[name]) for row in rows]
        for name, rows in _grouped(connection, query).items()
    }


def _exceptions(connection: Connection, encounter_ids: Sequence[str]) -> list[GrantedException]:
    found: list[GrantedException] = []
    for start in range(0, len(encounter_ids), _AT_ONCE):
        among = capture_exceptions.c.encounter_id.in_(encounter_ids[start : start + _AT_ONCE])
        order = capture_exceptions.c.encounter_id, capture_exceptions.c.recorded_at, capture_exceptions.c.position
        found += map(exception_of, _rows(connection, select(capture_exceptions).where(among).order_by(*order)))
    return found


def _grouped(connection: Connection, query: Select[Any]) -> dict[str, list[StoredRow]]:
    groups: dict[str, list[StoredRow]] = {}
    for row in _rows(connection, query):
        groups.setdefault(row.encounter_id, []).append(row)
    return groups


def _rows(connection: Connection, query: Select[Any]) -> Sequence[StoredRow]:
    return connection.execute(query).all()


def _among(table: Any, subject_ids: Iterable[str]) -> Any:
    return table.c.subject_id.in_(list(subject_ids))
