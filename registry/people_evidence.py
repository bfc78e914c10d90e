"""Papers that persons presented; a provisional one is replaced by the final one and stays in the history."""

from __future__ import annotations

from sqlalchemy import Connection, select, update

from biometrics.errors import RecordConflictError, RecordNotFoundError
from biometrics.people.evidence import Evidence
from biometrics.people.history import HeldEvidence
from biometrics.samples import now_utc
from registry.audit import acting, append_event
from registry.identifiers import new_identifier
from registry.kept_files import claim_file
from registry.people_actions import EVIDENCE_ADDED, EVIDENCE_REPLACED
from registry.people_rows import evidence_of, evidence_values
from registry.people_seals import DIGESTS, ENDED, ended_seals, insert_sealed
from registry.people_subjects import require_open, require_own_encounter
from registry.samples import SampleStore
from registry.tables.people import evidence


def add_evidence(  # noqa: PLR0913 - whose, what, from where, and in whose place
    connection: Connection,
    sample_store: SampleStore,
    subject_id: str,
    paper: Evidence,
    *,
    encounter_id: str | None = None,
    replaces: str | None = None,
) -> str:
    """Record a paper, where asked in the place of an earlier one, and return the identifier of the evidence.

    Raises
    ------
    RecordNotFoundError
        When there is no such subject, or it has no such encounter or earlier evidence.
    RecordConflictError
        When the earlier evidence was replaced already, or the subject is merged or purged.
    StorageError
        When the scan was not stored.
    """
    require_open(connection, subject_id)
    require_own_encounter(connection, subject_id, encounter_id)
    claim_file(connection, sample_store, subject_id, paper.scan_sha256)
    held = HeldEvidence(
        evidence_id=new_identifier(),
        subject_id=subject_id,
        evidence=paper,
        recorded_at=now_utc(),
        actor=acting(connection).name,
        encounter_id=encounter_id,
    )
    digests = insert_sealed(connection, evidence, [evidence_values(held)])
    ended = [] if replaces is None else [replaces]
    for evidence_id in ended:
        _replace(connection, subject_id, evidence_id, held.evidence_id)
    details = {
        "type": paper.type.value,
        "provisional": paper.provisional,
        DIGESTS: digests,
        ENDED: {evidence.name: ended_seals(connection, evidence, ended)},
    }
    action = EVIDENCE_REPLACED if ended else EVIDENCE_ADDED
    append_event(connection, action=action, subject_id=subject_id, details=details)
    return held.evidence_id


def evidence_about(connection: Connection, subject_id: str) -> tuple[HeldEvidence, ...]:
    """Return all evidence of a subject, oldest first, replaced ones included."""
    rows = connection.execute(
        select(evidence)
        .where(evidence.c.subject_id == subject_id)
        .order_by(evidence.c.recorded_at, evidence.c.evidence_id)
    ).all()
    return tuple(evidence_of(row) for row in rows)


def _replace(connection: Connection, subject_id: str, earlier: str, later: str) -> None:
    own = evidence.c.evidence_id == earlier, evidence.c.subject_id == subject_id
    if connection.scalar(select(evidence.c.evidence_id).where(*own)) is None:
        raise RecordNotFoundError("the subject has no such evidence", source=earlier)
    replaced = connection.execute(
        update(evidence).where(*own, evidence.c.replaced_by.is_(None)).values(replaced_by=later)
    )
    if replaced.rowcount != 1:
        raise RecordConflictError("this evidence was replaced already", source=earlier)
