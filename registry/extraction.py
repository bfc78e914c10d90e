"""Pictures that came without references: which of them wait, which cannot be used, and what is made of them later.

`samples.unextracted` says of an imported picture why no reference was made of it: nobody tried yet, or what it lacks.
It is empty where references came with the encounter, were made since, or an enrollment judged the picture.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import Connection, func, select, tuple_

from biometrics.positions import Position
from biometrics.quality import PadResult, QualityScore
from biometrics.records import EncounterStatus
from biometrics.templates import Template
from registry.audit import REFERENCES_REPLACED
from registry.keys.sections import keyring_of
from registry.tables.core import UNTRIED, audit_events, encounters, samples, subjects

NOT_RETIRED = encounters.c.status != EncounterStatus.RETIRED


@dataclass(frozen=True, slots=True, kw_only=True)
class UnextractedSample:
    """A picture without a reference; `ordinal` tells it from others of its encounter."""

    encounter_id: str
    ordinal: int
    sha256: str
    position: Position
    ppi: float | None
    captured_at: datetime
    simulated: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ExtractedSample:
    """What was made of a picture: a template, or a failure in words; and what was measured, if it came so far."""

    encounter_id: str
    ordinal: int
    template: Template | None = None
    failure: str | None = None
    quality: QualityScore | None = None
    pad: PadResult | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnusableSample:
    """A picture that cannot be used, whose it is, and why."""

    subject_id: str
    label: str
    encounter_id: str
    ordinal: int
    position: Position
    simulated: bool
    failure: str


class ExtractionReader:
    """What an extraction asks of a section: `record.extraction`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def tally(self) -> dict[str, int]:
        """Return how many pictures have no reference, by why; retired encounters do not count."""
        query = (
            select(samples.c.unextracted, func.count())
            .join(encounters, encounters.c.encounter_id == samples.c.encounter_id)
            .where(samples.c.unextracted.is_not(None), NOT_RETIRED)
            .group_by(samples.c.unextracted)
        )
        return {row[0]: row[1] for row in self._connection.execute(query)}

    def waiting(self) -> int:
        """Return how many pictures nobody tried yet."""
        return self.tally().get(UNTRIED, 0)

    def unextracted(self, *, tried: bool, after: str, most: int) -> tuple[UnextractedSample, ...]:
        """Return the pictures of the next encounters by identifier, at most so many: untried, or tried in vain."""
        state = samples.c.unextracted
        wanted = (state.is_not(None), state != UNTRIED) if tried else (state == UNTRIED,)
        next_encounters = (
            select(samples.c.encounter_id)
            .join(encounters, encounters.c.encounter_id == samples.c.encounter_id)
            .where(*wanted, NOT_RETIRED, samples.c.encounter_id > after)
            .group_by(samples.c.encounter_id)
            .order_by(samples.c.encounter_id)
            .limit(most)
        )
        chosen = list(self._connection.scalars(next_encounters))
        query = select(samples).where(*wanted, samples.c.encounter_id.in_(chosen))
        rows = self._connection.execute(query.order_by(samples.c.encounter_id, samples.c.ordinal)).all()
        names = [field.name for field in fields(UnextractedSample)]
        return tuple(UnextractedSample(**{name: getattr(row, name) for name in names}) for row in rows)

    def unusable(self, after: tuple[str, str, int], most: int) -> tuple[UnusableSample, ...]:
        """Return pictures that were tried in vain, by subject, encounter and ordinal, from behind such a place."""
        place = (subjects.c.subject_id, samples.c.encounter_id, samples.c.ordinal)
        query = (
            select(
                *place,
                subjects.c.label,
                samples.c.position,
                subjects.c.simulated,
                samples.c.unextracted.label("failure"),
            )
            .join(encounters, encounters.c.encounter_id == samples.c.encounter_id)
            .join(subjects, subjects.c.subject_id == encounters.c.subject_id)
            .where(samples.c.unextracted.is_not(None), samples.c.unextracted != UNTRIED, NOT_RETIRED)
            .where(tuple_(*place) > tuple_(*after))
            .order_by(*place)
            .limit(most)
        )
        keyring_of(self._connection).prefetch(self._connection, query.with_only_columns(subjects.c.subject_id))
        return tuple(UnusableSample(**row._mapping) for row in self._connection.execute(query))

    def last_exchange(self) -> int:
        """Return the number of the last event by which references were exchanged for another model's; 0 for none."""
        exchanged = audit_events.c.action == REFERENCES_REPLACED
        return int(self._connection.scalar(select(func.max(audit_events.c.sequence)).where(exchanged)) or 0)
