"""Questions about persons, asked within one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, select

from biometrics.people.history import (
    GrantedException,
    HeldEvidence,
    HeldGuardian,
    HeldNumber,
    PersonFile,
    PersonVersion,
    RecordedLifeEvent,
)
from biometrics.people.identifiers import IdentifierScheme, PersonNumber
from registry.cases import QUESTION
from registry.finding import FindPeople, FoundPeople, find_people
from registry.people_evidence import evidence_about
from registry.people_exceptions import exceptions_about, exceptions_in
from registry.people_files import read_files
from registry.people_life import guardians_of, life_events_of
from registry.people_numbers import holders, numbers_of
from registry.people_rows import version_of
from registry.people_subjects import find_subject
from registry.people_versions import current_version
from registry.tables.cases import case_candidates, cases
from registry.tables.people import person_versions


class PeopleReader:
    """Reads what persons stated; made by `Reader.people`. All of it is personal: ask through `Registry.consult`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, asked: str) -> str:
        """Return the subject whom an identifier, a label, a number of any scheme or a receipt names.

        Raises
        ------
        RecordNotFoundError
            When it names nobody.
        RecordConflictError
            When it names several.
        """
        return find_subject(self._connection, asked)

    def search(self, asked: FindPeople) -> FoundPeople:
        """Return the persons who meet all criteria, the closest spelling first.

        Raises
        ------
        RecordNotFoundError
            When the gallery is unknown.
        """
        return find_people(self._connection, asked)

    def current(self, subject_id: str) -> PersonVersion | None:
        """Return the version that counts; None when nothing was stated yet."""
        return current_version(self._connection, subject_id)

    def versions(self, subject_id: str) -> tuple[PersonVersion, ...]:
        """Return all versions, the first one first."""
        rows = self._connection.execute(
            select(person_versions)
            .where(person_versions.c.subject_id == subject_id)
            .order_by(person_versions.c.version)
        ).all()
        return tuple(version_of(row) for row in rows)

    def numbers(self, subject_id: str) -> tuple[HeldNumber, ...]:
        """Return all numbers a subject holds or held, oldest first."""
        return numbers_of(self._connection, subject_id)

    def holders(self, numbers: Iterable[PersonNumber]) -> dict[tuple[IdentifierScheme, str], str]:
        """Return the subjects who hold any of these numbers now, by scheme and value."""
        return holders(self._connection, numbers)

    def evidence(self, subject_id: str) -> tuple[HeldEvidence, ...]:
        """Return all evidence of a subject, oldest first."""
        return evidence_about(self._connection, subject_id)

    def exceptions(self, subject_id: str) -> tuple[GrantedException, ...]:
        """Return the exceptions of all encounters of a subject, oldest first."""
        return exceptions_about(self._connection, subject_id)

    def exceptions_in(self, encounter_id: str) -> tuple[GrantedException, ...]:
        """Return the exceptions of an encounter, one per position."""
        return exceptions_in(self._connection, encounter_id)

    def guardians(self, subject_id: str) -> tuple[HeldGuardian, ...]:
        """Return who speaks or spoke for a subject, oldest first."""
        return guardians_of(self._connection, subject_id)

    def life_events(self, subject_id: str) -> tuple[RecordedLifeEvent, ...]:
        """Return the life events of a subject, annulled ones included."""
        return life_events_of(self._connection, subject_id)

    def cases(self, subject_id: str) -> tuple[str, ...]:
        """Return the cases that a subject is in, on either side; how they stand is for their examiners to know."""
        candidate = select(case_candidates.c.case_id).where(case_candidates.c.subject_id == subject_id)
        involved = (cases.c.subject_id == subject_id) | cases.c.case_id.in_(candidate)
        return tuple(
            self._connection.scalars(
                select(cases.c.case_id).where(QUESTION, involved).order_by(cases.c.opened_at, cases.c.case_id)
            )
        )

    def file(self, subject_id: str) -> PersonFile:
        """Return everything recorded about a subject beside the biometrics."""
        return self.files([subject_id])[0]

    def files(self, subject_ids: Sequence[str]) -> tuple[PersonFile, ...]:
        """Return everything recorded about several subjects, in their order; a few questions for hundreds of them."""
        return read_files(self._connection, subject_ids)
