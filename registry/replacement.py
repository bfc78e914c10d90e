"""References of one model replaced by those of another: made one by one beside the gallery, exchanged in one go.

A re-extraction may take days. What it makes is staged, and searches go on with the references there are; the exchange
is one transaction, so no search ever sees some people in one format and some in the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, select

from biometrics.positions import Modality, Position
from biometrics.templates import BiometricReference
from registry.tables.core import encounters, references, samples, staged_references


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
        .where(*outdated(replacement), staged_references.c.replaces.is_(None))
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
        .where(*outdated(replacement), staged_references.c.replaces.is_(None), references.c.reference_id > after)
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


def outdated(replacement: Replacement) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions under which a reference is to be replaced: in use, and made by another model."""
    face = references.c.position == Position.FACE
    return (
        references.c.retired_at.is_(None),
        face if replacement.modality is Modality.FACE else ~face,
        references.c.model_id != replacement.model_id,
    )
