"""Which notice a person was given at an encounter: once, and never another."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sqlalchemy import Connection, select

from biometrics.errors import RecordConflictError, RecordNotFoundError
from biometrics.rights.records import GivenNotice
from biometrics.samples import now_utc
from registry.audit import acting
from registry.rights.actions import NOTICE_GIVEN
from registry.rights.rows import Said, add_row
from registry.rows import StoredRow
from registry.tables.core import encounters
from registry.tables.rights import encounter_notices


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeText:
    """A notice in a version and a language, and the digest of its text."""

    notice: str
    version: str
    language: str
    sha256: str


def record_notice(connection: Connection, encounter_id: str, text: NoticeText) -> GivenNotice:
    """Record that a person was given a notice at an encounter; the same again changes nothing.

    Raises
    ------
    RecordNotFoundError
        When there is no such encounter.
    RecordConflictError
        When another notice was given there.
    """
    subject_id = connection.scalar(select(encounters.c.subject_id).where(encounters.c.encounter_id == encounter_id))
    if subject_id is None:
        raise RecordNotFoundError("there is no such encounter", source=encounter_id)
    said = asdict(text)
    given = notices_in(connection, [encounter_id])
    if given:
        if any(getattr(given[0], name) != value for name, value in said.items()):
            raise RecordConflictError("another notice was recorded for this encounter", source=encounter_id)
        return given[0]
    values = {"encounter_id": encounter_id, "given_at": now_utc(), "given_by": acting(connection).name, **said}
    row = add_row(
        connection,
        encounter_notices,
        values,
        Said(action=NOTICE_GIVEN, subject_id=subject_id, details={"encounter_id": encounter_id, **said}),
    )
    return _notice(row)


def notices_in(connection: Connection, encounter_ids: list[str]) -> tuple[GivenNotice, ...]:
    """Return which notices were given at some encounters, the oldest first."""
    query = select(encounter_notices).where(encounter_notices.c.encounter_id.in_(encounter_ids))
    return tuple(_notice(row) for row in connection.execute(query.order_by(encounter_notices.c.given_at)).all())


def _notice(row: StoredRow) -> GivenNotice:
    return GivenNotice(**{name: getattr(row, name) for name in GivenNotice.__dataclass_fields__})
