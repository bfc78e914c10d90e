"""References of one model replaced by those of another: made one by one beside the gallery, exchanged in one go.

A re-extraction may take days. What it makes is staged, and searches go on with the references there are; the exchange
is one transaction, so no search ever sees some people in one format and some in the other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from biometrics.errors import RecordConflictError
from biometrics.positions import Modality, Position
from biometrics.protocols import ChangeKind
from biometrics.template_codec import decode_template, encode_template
from biometrics.templates import BiometricReference
from registry.audit import REFERENCES_REPLACED, append_event
from registry.rows import StoredRow, reference_values
from registry.schema import encounters, references, samples, staged_references
from registry.sequence import add_change


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelUse:
    """How many references that are not retired one model made, and of which modality."""

    modality: Modality
    model_id: str
    references: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """To which model the references of a modality are to be changed."""

    modality: Modality
    model_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaceable:
    """A reference that is to be replaced, and the sample it was made from; `sha256` is None when none was kept."""

    reference_id: str
    subject_id: str
    position: Position
    sha256: str | None
    ppi: float | None
    captured_at: datetime | None
    simulated: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StagedResult:
    """What a re-extraction made of one reference: a new one, or a failure in words."""

    replaces: str
    reference: BiometricReference | None
    failure: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A reference for which the new model made nothing, whose it is, and why."""

    reference_id: str
    subject_id: str
    failure: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """How far an unfinished re-extraction has come."""

    model_id: str
    made: int
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaced:
    """What an exchange did: encounters that changed, references added, references retired without a successor."""

    encounters: int
    references: int
    left_out: int


def models_in_use(connection: Connection) -> tuple[ModelUse, ...]:
    """Return which models made the references that are not retired."""
    model = (references.c.position == Position.FACE, references.c.model_id)
    rows = connection.execute(
        select(model[0].label("face"), model[1], func.count().label("made"))
        .where(references.c.retired_at.is_(None))
        .group_by(*model)
        .order_by(*model)
    ).all()
    return tuple(
        ModelUse(modality=Modality.FACE if row.face else Modality.FINGER, model_id=row.model_id, references=row.made)
        for row in rows
    )


def count_unreplaced(connection: Connection, replacement: Replacement) -> int:
    """Return how many references of other models there are that nothing is staged for."""
    query = (
        select(func.count())
        .select_from(references)
        .outerjoin(staged_references, staged_references.c.replaces == references.c.reference_id)
        .where(*_outdated(replacement), staged_references.c.replaces.is_(None))
    )
    return int(connection.scalar(query) or 0)


def unreplaced(
    connection: Connection, replacement: Replacement, limit: int | None = None, after: str = ""
) -> tuple[Replaceable, ...]:
    """Return references of other models that nothing is staged for, by identifier, from behind `after`."""
    query = (
        select(
            references.c.reference_id,
            encounters.c.subject_id,
            references.c.position,
            references.c.simulated,
            references.c.sample_sha256,
            func.max(samples.c.ppi).label("ppi"),
            func.max(samples.c.captured_at).label("captured_at"),
        )
        .join(encounters, encounters.c.encounter_id == references.c.encounter_id)
        .outerjoin(
            samples,
            (samples.c.encounter_id == references.c.encounter_id) & (samples.c.sha256 == references.c.sample_sha256),
        )
        .outerjoin(staged_references, staged_references.c.replaces == references.c.reference_id)
        .where(*_outdated(replacement), staged_references.c.replaces.is_(None), references.c.reference_id > after)
        .group_by(references.c.reference_id, encounters.c.subject_id)
        .order_by(references.c.reference_id)
        .limit(limit)
    )
    return tuple(
        Replaceable(
            reference_id=row.reference_id,
            subject_id=row.subject_id,
            position=row.position,
            sha256=row.sample_sha256,
            ppi=row.ppi,
            captured_at=row.captured_at,
            simulated=row.simulated,
        )
        for row in connection.execute(query).all()
    )


def staged(connection: Connection) -> Staged | None:
    """Return how far an unfinished re-extraction has come; None when there is none."""
    model_id = connection.scalar(select(staged_references.c.model_id).limit(1))
    if model_id is None:
        return None
    made = connection.scalar(select(func.count()).where(staged_references.c.failure.is_(None))) or 0
    rows = connection.execute(
        select(staged_references.c.replaces, staged_references.c.failure, encounters.c.subject_id)
        .join(references, references.c.reference_id == staged_references.c.replaces)
        .join(encounters, encounters.c.encounter_id == references.c.encounter_id)
        .where(staged_references.c.failure.is_not(None))
        .order_by(staged_references.c.replaces)
    ).all()
    left_out = tuple(LeftOut(reference_id=row.replaces, subject_id=row.subject_id, failure=row.failure) for row in rows)
    return Staged(model_id=model_id, made=made, left_out=left_out)


def stage(connection: Connection, replacement: Replacement, results: Sequence[StagedResult]) -> None:
    """Keep what was made of some references; what another process staged meanwhile stays as it is.

    Raises
    ------
    RecordConflictError
        When a re-extraction to another model is unfinished.
    """
    require_no_other(connection, replacement)
    asked = staged_references.c.replaces.in_([result.replaces for result in results])
    known = set(connection.scalars(select(staged_references.c.replaces).where(asked)))
    rows = [
        {
            "replaces": result.replaces,
            "model_id": replacement.model_id,
            "reference_id": None if result.reference is None else result.reference.reference_id,
            "template": None if result.reference is None else encode_template(result.reference.template),
            "failure": result.failure,
        }
        for result in results
        if result.replaces not in known
    ]
    if rows:
        connection.execute(insert(staged_references), rows)


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
    return connection.execute(delete(staged_references).where(staged_references.c.failure.is_not(None))).rowcount


def abandon(connection: Connection) -> int:
    """Forget everything an unfinished re-extraction made; return how much that was."""
    return connection.execute(delete(staged_references)).rowcount


def replace_references(connection: Connection, replacement: Replacement) -> Replaced:
    """Retire all references of other models and add those that were staged, encounter by encounter.

    Raises
    ------
    RecordConflictError
        When some references were not dealt with yet.
    """
    require_no_other(connection, replacement)
    if unreplaced(connection, replacement, 1):
        raise RecordConflictError("references were added meanwhile", remedy="go on with the re-extraction")
    rows = connection.execute(
        select(
            references.c.encounter_id,
            encounters.c.subject_id,
            references.c.reference_id.label("old_id"),
            references.c.ordinal,
            references.c.sample_sha256,
            staged_references.c.reference_id,
            staged_references.c.template,
            staged_references.c.failure,
        )
        .join(encounters, encounters.c.encounter_id == references.c.encounter_id)
        .join(staged_references, staged_references.c.replaces == references.c.reference_id)
        .where(*_outdated(replacement))
        .order_by(references.c.encounter_id, references.c.ordinal)
    ).all()
    count = 0
    for encounter_id, group in groupby(rows, key=attrgetter("encounter_id")):
        _replace_in(connection, encounter_id, list(group), replacement)
        count += 1
    abandon(connection)
    made = sum(row.failure is None for row in rows)
    return Replaced(encounters=count, references=made, left_out=len(rows) - made)


def _replace_in(connection: Connection, encounter_id: str, rows: Sequence[StoredRow], replacement: Replacement) -> None:
    retired_at = add_change(connection, ChangeKind.RETIRED, encounter_id)
    old = [row.old_id for row in rows]
    connection.execute(update(references).where(references.c.reference_id.in_(old)).values(retired_at=retired_at))
    added_at = add_change(connection, ChangeKind.ADDED, encounter_id)
    new = [
        reference_values(encounter_id, row.ordinal, _reference(row), added_at=added_at)
        for row in rows
        if row.failure is None
    ]
    if new:
        connection.execute(insert(references), new)
    details = {
        "encounter_id": encounter_id,
        "model_id": replacement.model_id,
        "retired_at": retired_at,
        "added_at": added_at,
        "retired": old,
        "references": {row["reference_id"]: hashlib.sha256(row["template"]).hexdigest() for row in new},
        "left_out": {row.old_id: row.failure for row in rows if row.failure is not None},
    }
    append_event(connection, action=REFERENCES_REPLACED, subject_id=rows[0].subject_id, details=details)


def _reference(row: StoredRow) -> BiometricReference:
    return BiometricReference(
        reference_id=row.reference_id,
        subject_id=row.subject_id,
        template=decode_template(row.template),
        sample_sha256=row.sample_sha256,
    )


def _outdated(replacement: Replacement) -> tuple[ColumnElement[bool], ...]:
    face = references.c.position == Position.FACE
    return (
        references.c.retired_at.is_(None),
        face if replacement.modality is Modality.FACE else ~face,
        references.c.model_id != replacement.model_id,
    )
