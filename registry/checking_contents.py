"""Verification of what encounters came with: sample files, templates, and both against the audit trail."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Connection, Select, func, select

from biometrics.errors import BiometricsError
from biometrics.protocols import Progress
from biometrics.records import DEFAULT_GALLERY
from registry.audit import ENCOUNTER_ADDED
from registry.checking_files import check_claims, check_kept_files
from registry.columns import canonical_json
from registry.faults import Fault, FaultKind
from registry.keys.sections import keyring_of
from registry.purging import purged_encounters
from registry.rows import StoredRow, reference_of, reference_values
from registry.samples import SampleStore
from registry.sealed import as_it_lies, opened
from registry.tables.core import audit_events, changes, encounters, references, samples, subjects

_ROWS_AT_ONCE = 256

_FIXED = ("change", "galleries", "policy_version", "references", "samples", "simulated", "subject_id")
"""What an encounter's event tells that never changes afterwards; its status does. Whose it is and in which galleries is
told as of then."""


def check_samples(connection: Connection, sample_store: SampleStore, progress: Progress) -> Iterator[Fault]:
    """Yield a fault for every sample, scan, photo or file of a draft whose file is missing or not what it was."""
    yield from check_kept_files(connection, sample_store, progress)
    yield from check_claims(connection)


def check_templates(connection: Connection, progress: Progress) -> Iterator[Fault]:
    """Yield a fault for every template that cannot be read, or that the columns beside it contradict."""
    total = connection.scalar(select(func.count()).select_from(references)) or 0
    columns = [column for column in references.columns if column is not references.c.template]
    query = select(*columns, as_it_lies(references.c.template), encounters.c.subject_id).join(
        encounters, encounters.c.encounter_id == references.c.encounter_id
    )
    for done, row in enumerate(with_keys(connection, query), start=1):
        fault = _template_fault(connection, row)
        if fault:
            yield Fault(kind=FaultKind.TEMPLATE, source=row.reference_id, message=fault)
        progress(done, total, "templates")


def with_keys(connection: Connection, query: Select[Any]) -> Iterator[StoredRow]:
    """Yield rows that tell of an `encounter_id`, with the keys of so many encounters at a time opened before."""
    with connection.execute(query.execution_options(yield_per=_ROWS_AT_ONCE)) as rows:
        for some in rows.partitions():
            keyring_of(connection).prefetch(connection, {row.encounter_id for row in some})
            yield from some


def _template_fault(connection: Connection, row: StoredRow) -> str | None:
    try:
        row = SimpleNamespace(**{**row._mapping, "template": opened(connection, references.c.template, row.template)})
        told = reference_values(row.encounter_id, row.ordinal, reference_of(row), added_at=row.added_at)
    except BiometricsError as error:
        return error.message
    wrong = sorted(name for name, value in told.items() if getattr(row, name) != value)
    return f"the template contradicts its {', '.join(wrong)}" if wrong else None


def check_encounters(connection: Connection) -> Iterator[Fault]:
    """Yield a fault for every encounter that is not, whole and unchanged, what the audit trail says was recorded."""
    told = _recorded_fingerprints(connection)
    for row in with_keys(connection, select(encounters.c.encounter_id)):
        encounter_id = row.encounter_id
        if told.pop(encounter_id, None) != _fingerprint(_content(connection, encounter_id)):
            message = "the encounter is not what the audit trail says was recorded"
            yield Fault(kind=FaultKind.AUDIT, source=encounter_id, message=message)
    marked = connection.scalars(select(encounters.c.encounter_id).where(encounters.c.purged_at.is_not(None)))
    for encounter_id in sorted({*marked} - purged_encounters(connection)):
        message = "the encounter is marked as purged, and the audit trail tells nothing of it"
        yield Fault(kind=FaultKind.AUDIT, source=encounter_id, message=message)
    for encounter_id in told:
        message = "the audit trail tells of an encounter that is not there"
        yield Fault(kind=FaultKind.AUDIT, source=encounter_id, message=message)


def _recorded_fingerprints(connection: Connection) -> dict[str, str]:
    added = audit_events.c.action == ENCOUNTER_ADDED
    query = select(audit_events.c.subject_id, audit_events.c.details).where(added)
    told: dict[str, str] = {}
    purged = purged_encounters(connection)
    with connection.execute(query.execution_options(yield_per=_ROWS_AT_ONCE)) as events:
        for event in events:
            if isinstance(event.details, dict):
                # Events from before galleries existed name none.
                content = {"galleries": [DEFAULT_GALLERY], **event.details, "subject_id": event.subject_id}
                if content.get("encounter_id") in purged:
                    content |= {"samples": [], "references": {}}
                told[str(content.get("encounter_id"))] = _fingerprint(content)
    return told


def _content(connection: Connection, encounter_id: str) -> dict[str, object]:
    """Return what an encounter holds now, in the words of the event that recorded it."""
    row = connection.execute(
        select(
            encounters.c.policy_version,
            changes.c.subject_id,
            changes.c.galleries,
            changes.c.sequence,
            subjects.c.simulated,
        )
        .join(changes, changes.c.encounter_id == encounters.c.encounter_id)
        .join(subjects, subjects.c.subject_id == changes.c.subject_id)
        .where(encounters.c.encounter_id == encounter_id)
        .order_by(changes.c.sequence)
    ).first()
    if row is None:
        return {}
    digests = connection.scalars(
        select(samples.c.sha256).where(samples.c.encounter_id == encounter_id).order_by(samples.c.ordinal)
    ).all()
    templates = connection.execute(
        select(references.c.reference_id, as_it_lies(references.c.template)).where(
            references.c.encounter_id == encounter_id, references.c.added_at == row.sequence
        )
    ).all()
    return {
        "subject_id": row.subject_id,
        "simulated": row.simulated,
        "galleries": sorted(row.galleries),
        "policy_version": row.policy_version,
        "change": row.sequence,
        "samples": list(digests),
        "references": {row.reference_id: template_digest(connection, row.template) for row in templates},
    }


def template_digest(connection: Connection, sealed: bytes) -> str:
    """Return what the trail tells of a template that lies sealed; the digest of nothing when it does not open."""
    try:
        return hashlib.sha256(opened(connection, references.c.template, sealed)).hexdigest()
    except BiometricsError:
        return hashlib.sha256().hexdigest()


def _fingerprint(content: Mapping[str, object]) -> str:
    fixed = {name: content.get(name) for name in _FIXED}
    return hashlib.sha256(canonical_json(fixed).encode()).hexdigest()
