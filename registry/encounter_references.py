"""References by the encounter they came with."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, select

from biometrics.templates import BiometricReference
from registry.keys.sections import keyring_of
from registry.rows import reference_of
from registry.tables.core import encounters, references

_AT_ONCE = 500
"""Values named in one statement: databases limit how many it may hold."""


def encounter_references(
    connection: Connection, encounter_ids: Collection[str]
) -> dict[str, tuple[BiometricReference, ...]]:
    """Return the references in use of some encounters, by encounter; those without any are not there.

    Raises
    ------
    TemplateError
        When a template is damaged.
    """
    found: dict[str, list[BiometricReference]] = {}
    wanted = sorted(set(encounter_ids))
    keyring_of(connection).prefetch(connection, wanted)
    for start in range(0, len(wanted), _AT_ONCE):
        query = (
            select(
                encounters.c.subject_id,
                references.c.encounter_id,
                references.c.reference_id,
                references.c.sample_sha256,
                references.c.template,
            )
            .join(encounters, encounters.c.encounter_id == references.c.encounter_id)
            .where(references.c.encounter_id.in_(wanted[start : start + _AT_ONCE]), references.c.retired_at.is_(None))
            .order_by(references.c.encounter_id, references.c.added_at, references.c.ordinal)
        )
        for row in connection.execute(query).all():
            found.setdefault(row.encounter_id, []).append(reference_of(row))
    return {encounter_id: tuple(held) for encounter_id, held in found.items()}
