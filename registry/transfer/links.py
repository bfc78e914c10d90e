"""What joins persons of an import to others: guardians who are subjects, and merges; recorded when all are there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from biometrics.errors import BiometricsError, RecordNotFoundError
from biometrics.people.history import HeldGuardian
from registry.audit import append_event
from registry.merging import merge
from registry.people_actions import GUARDIAN_ADDED
from registry.people_rows import guardian_values
from registry.people_seals import DIGESTS, ENDED, ended_seals, insert_sealed
from registry.people_subjects import require_open, status_of
from registry.tables.imports import imported_persons
from registry.tables.people import guardians
from registry.transfer.lines import Line, parse_line
from registry.transfer.person import ExchangedMerge, ExchangedPerson, Unsaid
from registry.transfer.person_line import read_person

_MARKS = (b'"into_id"', b'"guardians"')
"""Lines without any of these join nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One guardian or merge, and the line of the person it belongs to."""

    line: int
    link: HeldGuardian | ExchangedMerge

    @property
    def place(self) -> tuple[bool, datetime, int]:
        """Guardians by line, then merges as they were made: whoever was merged cannot be merged into."""
        if isinstance(self.link, ExchangedMerge):
            return True, self.link.merged_at, self.line
        return False, self.link.recorded_at, self.line


def count_links(person: ExchangedPerson) -> int:
    """Return by how much a person is joined to others."""
    return len(_guardians(person)) + (person.merge is not None)


def read_links(lines: Iterable[Line], unsaid: Unsaid) -> list[Link]:
    """Return what joins persons, in the order in which it is to be recorded; lines that were refused join nobody."""
    found: list[Link] = []
    for line in lines:
        if line.data is None or not any(mark in line.data for mark in _MARKS):
            continue
        try:
            person = read_person(parse_line(line), unsaid)
        except BiometricsError:
            continue
        joined = (*_guardians(person), *(() if person.merge is None else (person.merge,)))
        found += [Link(line=line.number, link=link) for link in joined]
    return sorted(found, key=lambda one: one.place)


def brought_by(connection: Connection, import_id: str, line: int) -> str | None:
    """Return whom an import recorded from a line; None where the line was refused or skipped."""
    brought = imported_persons.c.import_id == import_id, imported_persons.c.line == line
    found: str | None = connection.scalar(select(imported_persons.c.subject_id).where(*brought))
    return found


def record_link(connection: Connection, subject_id: str, link: HeldGuardian | ExchangedMerge) -> None:
    """Record a guardian or make a merge.

    Raises
    ------
    RecordNotFoundError
        When the other subject is unknown.
    RecordConflictError
        When the merge cannot be made, as `registry.merging.merge` says.
    """
    if isinstance(link, ExchangedMerge):
        merge(connection, subject_id, link.into_id, reason=link.reason)
        return
    require_open(connection, subject_id)
    other = link.guardian.subject_id
    if other is None:
        raise RecordNotFoundError("this guardian is no subject", source=subject_id)
    status_of(connection, other)
    values = guardian_values(link) | {"subject_id": subject_id}
    digests = insert_sealed(connection, guardians, [values])
    details: dict[str, object] = {"relation": link.guardian.relation.value, "guardian": other, DIGESTS: digests}
    if link.ended_at is not None:
        details[ENDED] = {guardians.name: ended_seals(connection, guardians, [link.guardian_id])}
    append_event(connection, action=GUARDIAN_ADDED, subject_id=subject_id, details=details)


def _guardians(person: ExchangedPerson) -> tuple[HeldGuardian, ...]:
    return tuple(held for held in person.file.guardians if held.guardian.subject_id is not None)
