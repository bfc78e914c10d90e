"""An encounter recorded with its samples and references, and its subject when new."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, insert, select

from biometrics.errors import RecordConflictError, RecordError
from biometrics.protocols import ChangeKind
from biometrics.records import Encounter, EncounterStatus, Subject, SubjectStatus
from biometrics.samples import now_utc
from biometrics.templates import BiometricReference
from registry.audit import ENCOUNTER_ADDED, append_event
from registry.counting import place_details
from registry.galleries import join_galleries
from registry.kept_files import claim_files
from registry.keys.sections import keyring_of
from registry.people_subjects import label_values, require_new_receipt
from registry.record_seals import told_of_encounters
from registry.rows import reference_values, sample_values, subject_of
from registry.samples import SampleStore
from registry.sealed import owned
from registry.sequence import add_change
from registry.tables.core import encounters, references, samples, subjects


def add_encounter(
    connection: Connection,
    sample_store: SampleStore,
    subject: Subject,
    encounter: Encounter,
    found: Sequence[BiometricReference],
) -> int:
    """Record an encounter as `Writer.add_encounter` says, with its errors; return the change's number."""
    _check_parts(connection, subject, encounter, found)
    _add_subject(connection, subject)
    name = encounter.encounter_id
    keyring_of(connection).make(connection, [name])
    claim_files(connection, sample_store, [(name, sample.sha256) for sample in encounter.samples])
    connection.execute(insert(encounters).values(encounter_values(encounter)))
    join_galleries(connection, name, encounter.galleries)
    sequence = add_change(connection, ChangeKind.ADDED, name)
    sample_rows = [sample_values(name, ordinal, sample) for ordinal, sample in enumerate(encounter.samples)]
    reference_rows = [
        reference_values(name, ordinal, reference, added_at=sequence) for ordinal, reference in enumerate(found)
    ]
    if sample_rows:
        connection.execute(insert(samples), sample_rows)
    if reference_rows:
        connection.execute(insert(references), [owned(references, name, row) for row in reference_rows])
    details = added_details(subject, encounter, sequence, reference_rows) | told_of_encounters(connection, [name])[name]
    append_event(connection, action=ENCOUNTER_ADDED, subject_id=subject.subject_id, details=details)
    return sequence


def encounter_values(encounter: Encounter) -> dict[str, Any]:
    """Return the row of an encounter, sealed under its own key."""
    values = {
        "encounter_id": encounter.encounter_id,
        "subject_id": encounter.subject_id,
        "status": encounter.status,
        "recorded_at": encounter.recorded_at,
        "policy_version": encounter.policy_version,
        **asdict(encounter.context),
        "receipt_token": encounter.context.receipt,
    }
    return owned(encounters, encounter.encounter_id, values)


def added_details(
    subject: Subject, encounter: Encounter, sequence: int, reference_rows: Iterable[Mapping[str, Any]]
) -> dict[str, Any]:
    """Return what the audit trail tells of an encounter that was added, with the SHA-256 of each template."""
    return {
        "encounter_id": encounter.encounter_id,
        "change": sequence,
        "status": encounter.status.value,
        "policy_version": encounter.policy_version,
        "simulated": subject.simulated,
        "samples": [sample.sha256 for sample in encounter.samples],
        "references": {row["reference_id"]: hashlib.sha256(row["template"]).hexdigest() for row in reference_rows},
        **place_details(encounter.context, encounter.galleries),
    }


def _check_parts(
    connection: Connection, subject: Subject, encounter: Encounter, found: Sequence[BiometricReference]
) -> None:
    named = {encounter.subject_id, *(reference.subject_id for reference in found)}
    if named != {subject.subject_id}:
        raise RecordConflictError(
            "an encounter and its references name different subjects", source=encounter.encounter_id
        )
    if encounter.status is EncounterStatus.RETIRED:
        raise RecordError("a new encounter cannot be retired", source=encounter.encounter_id)
    require_new_receipt(connection, encounter.context.receipt)
    own = {sample.sha256 for sample in encounter.samples}
    if not {reference.sample_sha256 for reference in found} <= own | {None}:
        raise RecordConflictError("a reference names a sample of another encounter", source=encounter.encounter_id)


def _add_subject(connection: Connection, subject: Subject) -> None:
    named = label_values(subject.subject_id, subject.label)
    same = (subjects.c.subject_id == subject.subject_id) | (subjects.c.label_token == subject.label)
    known = [subject_of(row) for row in connection.execute(select(subjects).where(same)).all()]
    if not known:
        keyring_of(connection).make(connection, [subject.subject_id])
        connection.execute(
            insert(subjects).values(
                subject_id=subject.subject_id,
                simulated=subject.simulated,
                created_at=now_utc(),
                **named,
            )
        )
    elif known != [subject]:
        raise RecordConflictError(
            "another subject has this label or this identifier",
            source=known[0].subject_id,
            remedy="give the label that belongs to the person, or add to the existing subject",
        )
    elif subject.status in (SubjectStatus.MERGED, SubjectStatus.PURGED):
        raise RecordConflictError(
            f"the subject is {subject.status.value}",
            source=subject.subject_id,
            remedy="add to the subject that it became" if subject.merged_into else "enroll the person anew",
        )
