"""Many persons recorded in one section: a statement for each table, whatever their number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, insert, update

from biometrics.cases import AdjudicationCase, CasePriority, CaseStatus
from biometrics.people.identifiers import CheckLetter
from biometrics.protocols import ChangeKind
from biometrics.records import Encounter, EncounterStatus, Subject
from biometrics.samples import now_utc
from registry.audit import ENCOUNTER_ADDED, ENCOUNTER_RETIRED, UNEXTRACTED, append_events
from registry.cases import open_case
from registry.identifiers import new_identifier
from registry.kept_files import claim_files
from registry.keys.sections import keyring_of
from registry.people_files import add_people
from registry.people_subjects import label_values
from registry.record_seals import told_of_encounters
from registry.recording import added_details, encounter_values
from registry.rows import reference_values, sample_values
from registry.samples import SampleStore
from registry.sealed import owned
from registry.sequence import add_changes
from registry.tables.core import UNTRIED, encounters, references, samples, subjects
from registry.tables.galleries import encounter_galleries
from registry.transfer.person import ExchangedEncounter, ExchangedPerson

UNDECIDED = "imported undecided"
"""Why a case is opened about an encounter that was pending where it came from: its own case stays there."""


def record_people(
    connection: Connection, sample_store: SampleStore, people: Sequence[ExchangedPerson], verifier: CheckLetter | None
) -> None:
    """Record persons whom the registry does not know, with everything but what joins them to others.

    Raises
    ------
    RecordConflictError
        When an identifier is taken.
    PersonDataError
        When the last letter of a NINA does not fit.
    StorageError
        When a file was not stored.
    """
    if not people:
        return
    keyring_of(connection).make(connection, [one.subject.subject_id for one in people])
    connection.execute(insert(subjects), [_subject_values(one) for one in people])
    met = [(person.subject, one) for person in people for one in person.encounters]
    if met:
        _record_encounters(connection, sample_store, met)
    record_statements(connection, sample_store, people, verifier)
    _open_cases(connection, [one.encounter for _, one in met])


def record_statements(
    connection: Connection, sample_store: SampleStore, people: Sequence[ExchangedPerson], verifier: CheckLetter | None
) -> None:
    """Record what persons state, but for guardians who are subjects themselves and may not be there yet."""
    files = [
        replace(one.file, guardians=tuple(held for held in one.file.guardians if held.guardian.subject_id is None))
        for one in people
    ]
    add_people(connection, sample_store, files, verifier)
    # Where life events do not say otherwise, a person stands as the line tells.
    stood = [{"told_id": one.subject.subject_id, "told": one.subject.status} for one in people if one.file.life_events]
    for values in stood:
        connection.execute(
            update(subjects).where(subjects.c.subject_id == values["told_id"]).values(status=values["told"])
        )


def _subject_values(person: ExchangedPerson) -> dict[str, Any]:
    return {
        "subject_id": person.subject.subject_id,
        "simulated": person.subject.simulated,
        "created_at": person.created_at,
        "status": person.subject.status,
        **label_values(person.subject.subject_id, person.subject.label),
    }


def _record_encounters(
    connection: Connection, sample_store: SampleStore, met: Sequence[tuple[Subject, ExchangedEncounter]]
) -> None:
    keyring_of(connection).make(connection, [one.encounter.encounter_id for _, one in met])
    kept = [(one.encounter.encounter_id, sample.sha256) for _, one in met for sample in one.encounter.samples]
    claim_files(connection, sample_store, kept)
    connection.execute(insert(encounters), [encounter_values(one.encounter) for _, one in met])
    connection.execute(
        insert(encounter_galleries),
        [
            {"encounter_id": one.encounter.encounter_id, "gallery_id": gallery}
            for _, one in met
            for gallery in one.encounter.galleries
        ],
    )
    numbered = _add_changes(connection, [one.encounter for _, one in met])
    sample_rows = [row for _, one in met for row in _sample_rows(one)]
    if sample_rows:
        connection.execute(insert(samples), sample_rows)
    reference_rows = {
        one.encounter.encounter_id: _reference_rows(one, numbered[one.encounter.encounter_id]) for _, one in met
    }
    if any(reference_rows.values()):
        rows = [owned(references, name, row) for name, rows in reference_rows.items() for row in rows]
        connection.execute(insert(references), rows)
    _tell(connection, met, numbered, reference_rows)


def _add_changes(connection: Connection, met: Sequence[Encounter]) -> dict[str, tuple[int, int | None]]:
    """Give numbers to the changes that bring encounters in, and those that take retired ones out again."""
    kinds = [
        (kind, encounter.encounter_id)
        for encounter in met
        for kind in (ChangeKind.ADDED, ChangeKind.RETIRED)
        if kind is ChangeKind.ADDED or encounter.status is EncounterStatus.RETIRED
    ]
    first = add_changes(connection, kinds)
    numbers = {change: first + index for index, change in enumerate(kinds)}
    return {
        encounter.encounter_id: (
            numbers[ChangeKind.ADDED, encounter.encounter_id],
            numbers.get((ChangeKind.RETIRED, encounter.encounter_id)),
        )
        for encounter in met
    }


def _sample_rows(one: ExchangedEncounter) -> list[dict[str, Any]]:
    """Return the rows of samples; those that came without a reference wait for an extraction."""
    name, waiting = one.encounter.encounter_id, set(_unextracted(one))
    return [
        sample_values(name, ordinal, sample) | {"unextracted": UNTRIED if ordinal in waiting else None}
        for ordinal, sample in enumerate(one.encounter.samples)
    ]


def _unextracted(one: ExchangedEncounter) -> list[int]:
    """Return the samples without a reference; one that names no sample stands for all of its finger or face."""
    digests = {reference.sample_sha256 for reference in one.references}
    positions = {reference.template.position for reference in one.references if reference.sample_sha256 is None}
    return [
        ordinal
        for ordinal, sample in enumerate(one.encounter.samples)
        if sample.sha256 not in digests and sample.position not in positions
    ]


def _reference_rows(one: ExchangedEncounter, numbered: tuple[int, int | None]) -> list[dict[str, Any]]:
    added_at, retired_at = numbered
    return [
        reference_values(one.encounter.encounter_id, ordinal, reference, added_at=added_at) | {"retired_at": retired_at}
        for ordinal, reference in enumerate(one.references)
    ]


def _tell(
    connection: Connection,
    met: Sequence[tuple[Subject, ExchangedEncounter]],
    numbered: Mapping[str, tuple[int, int | None]],
    reference_rows: Mapping[str, Sequence[Mapping[str, Any]]],
) -> None:
    """Leave the events of encounters that were added, and retired."""
    added, retired = [], []
    told = told_of_encounters(connection, [one.encounter.encounter_id for _, one in met])
    for subject, one in met:
        encounter = one.encounter
        added_at, retired_at = numbered[encounter.encounter_id]
        details = added_details(subject, encounter, added_at, reference_rows[encounter.encounter_id])
        details |= told[encounter.encounter_id]
        waiting = _unextracted(one)
        if waiting:
            details[UNEXTRACTED] = waiting
        added.append((subject.subject_id, details))
        if retired_at is not None:
            gone = {"encounter_id": encounter.encounter_id, "change": retired_at}
            retired.append((subject.subject_id, gone))
    append_events(connection, action=ENCOUNTER_ADDED, told=added)
    append_events(connection, action=ENCOUNTER_RETIRED, told=retired)


def _open_cases(connection: Connection, met: Sequence[Encounter]) -> None:
    """Let people decide again what was undecided; the search for duplicates adds whom to compare."""
    for encounter in met:
        if encounter.status is EncounterStatus.PENDING:
            case = AdjudicationCase(
                case_id=new_identifier(),
                encounter_id=encounter.encounter_id,
                subject_id=encounter.subject_id,
                candidates=(),
                priority=CasePriority.NORMAL,
                status=CaseStatus.OPEN,
                reason=UNDECIDED,
                opened_at=now_utc(),
            )
            open_case(connection, case)
