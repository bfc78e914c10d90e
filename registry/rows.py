"""Between rows of tables and the objects of the vocabulary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, TypeAlias

from biometrics.errors import TemplateError
from biometrics.protocols import ReferenceChange
from biometrics.quality import PadResult, QualityScore
from biometrics.records import Actor, AuditEvent, Encounter, EncounterContext, StoredSample, Subject
from biometrics.template_codec import decode_template, encode_template
from biometrics.templates import BiometricReference
from registry.tables.core import CONTEXT

SIMULATED = "simulated"
"""What searches can tell those by whose samples nobody gave."""

StoredRow: TypeAlias = Any
"""A SQLAlchemy row; the query decides which attributes it has, which no static type can tell."""


def subject_of(row: StoredRow) -> Subject:
    """Return the subject a row tells about."""
    return Subject(
        subject_id=row.subject_id,
        label=f"purged/{row.subject_id}" if row.label is None else row.label,
        simulated=row.simulated,
        status=row.status,
        merged_into=row.merged_into,
    )


def encounter_of(row: StoredRow, samples: tuple[StoredSample, ...], galleries: frozenset[str]) -> Encounter:
    """Return the encounter a row tells about, with its samples and galleries."""
    return Encounter(
        encounter_id=row.encounter_id,
        subject_id=row.subject_id,
        status=row.status,
        recorded_at=row.recorded_at,
        policy_version=row.policy_version,
        samples=samples,
        context=EncounterContext(**{name: getattr(row, name) for name in CONTEXT}),
        galleries=tuple(sorted(galleries)),
    )


def sample_of(row: StoredRow) -> StoredSample:
    """Return what a row says about a sample file."""
    quality = QualityScore(value=row.quality, algorithm=row.quality_algorithm, components=row.quality_components)
    return StoredSample(
        sha256=row.sha256,
        position=row.position,
        ppi=row.ppi,
        captured_at=row.captured_at,
        quality=quality,
        simulated=row.simulated,
        pad=PadResult(**row.pad),
    )


def sample_values(encounter_id: str, ordinal: int, sample: StoredSample) -> dict[str, Any]:
    """Return the row of a sample."""
    return {
        "encounter_id": encounter_id,
        "ordinal": ordinal,
        "sha256": sample.sha256,
        "position": sample.position,
        "ppi": sample.ppi,
        "captured_at": sample.captured_at,
        "quality": sample.quality.value,
        "quality_algorithm": sample.quality.algorithm,
        "quality_components": dict(sample.quality.components),
        "pad": asdict(sample.pad),
        "simulated": sample.simulated,
    }


def reference_of(row: StoredRow) -> BiometricReference:
    """Return the reference a row holds.

    Raises
    ------
    TemplateError
        When the stored template is damaged, naming the reference.
    """
    try:
        template = decode_template(row.template)
    except TemplateError as error:
        raise error.at(row.reference_id) from error
    return BiometricReference(
        reference_id=row.reference_id,
        subject_id=row.subject_id,
        template=template,
        sample_sha256=row.sample_sha256,
    )


def reference_values(
    encounter_id: str, ordinal: int, reference: BiometricReference, *, added_at: int
) -> dict[str, Any]:
    """Return the row of a reference; beside the encoded template, what one wants to select by."""
    template = reference.template
    return {
        "reference_id": reference.reference_id,
        "encounter_id": encounter_id,
        "ordinal": ordinal,
        "position": template.position,
        "algorithm": template.format.algorithm,
        "version": template.format.version,
        "metric": template.format.metric,
        "dimension": template.format.dimension,
        "simulated": template.simulated,
        "sample_sha256": reference.sample_sha256,
        "template": encode_template(template),
        "added_at": added_at,
    }


def change_of(rows: Sequence[StoredRow]) -> ReferenceChange:
    """Return one change from its rows, one per reference; an encounter without references has one row without any.

    Raises
    ------
    TemplateError
        When a stored template is damaged.
    """
    first = rows[0]
    references = tuple(reference_of(row) for row in rows if row.reference_id is not None)
    return ReferenceChange(
        sequence=first.sequence,
        kind=first.kind,
        subject_id=first.subject_id,
        references=references,
        attributes=frozenset({SIMULATED} if any(one.template.simulated for one in references) else ()),
        galleries=first.galleries,
        from_subject_id=first.from_subject_id,
        from_galleries=first.from_galleries or frozenset(),
    )


def event_of(row: StoredRow) -> AuditEvent:
    """Return the audit event a row tells about."""
    return AuditEvent(
        sequence=row.sequence,
        at=row.at,
        action=row.action,
        subject_id=row.subject_id,
        details=row.details,
        actor=None if row.actor is None else _actor_of(row),
    )


def _actor_of(row: StoredRow) -> Actor:
    return Actor(
        name=row.actor,
        role=row.role,
        post=row.post,
        station=row.station,
        purpose=row.purpose,
        client=row.client,
        route=row.route,
        scope=row.scope,
    )
