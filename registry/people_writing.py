"""Changes of what is recorded about persons, within the section of a `Writer`."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from biometrics.people.evidence import Evidence
from biometrics.people.exceptions import CaptureException
from biometrics.people.history import PersonFile
from biometrics.people.identifiers import CheckLetter, PersonNumber
from biometrics.people.life import Guardian, LifeEvent
from biometrics.people.record import PersonRecord
from registry.people_evidence import add_evidence
from registry.people_exceptions import grant_exceptions
from registry.people_files import add_people
from registry.people_life import add_guardian, annul_life_event, end_guardian, record_life_event
from registry.people_numbers import end_number, give_number
from registry.people_reading import PeopleReader
from registry.people_versions import FIRST_REASON, correct_person, record_person
from registry.samples import SampleStore
from registry.search_rows import Rebuilt, rebuild_search


class PeopleWriter(PeopleReader):
    """Reads and records what persons stated; made by `Writer.people`.

    Every method refuses unknown, merged and purged subjects and empty reasons, and leaves an audit event that tells
    field names, versions and digests.
    """

    def __init__(self, connection: Connection, sample_store: SampleStore, verifier: CheckLetter | None) -> None:
        super().__init__(connection)
        self._sample_store = sample_store
        self._verifier = verifier

    def record(
        self,
        subject_id: str,
        record: PersonRecord,
        *,
        reason: str = FIRST_REASON,
        encounter_id: str | None = None,
    ) -> int:
        """Record what a subject states for the first time, as version 1, as `people_versions.record_person` says."""
        return record_person(self._connection, subject_id, record, reason=reason, encounter_id=encounter_id)

    def correct(
        self,
        subject_id: str,
        record: PersonRecord,
        *,
        expected_version: int,
        reason: str,
        encounter_id: str | None = None,
    ) -> int:
        """Add a version that corrects the one named; return its number, as `people_versions.correct_person` says."""
        return correct_person(
            self._connection,
            subject_id,
            record,
            expected_version=expected_version,
            reason=reason,
            encounter_id=encounter_id,
        )

    def give_number(self, subject_id: str, number: PersonNumber, *, reason: str, replaces: str | None = None) -> str:
        """Record a number, where asked in place of another; return its identifier, as `people_numbers` says."""
        return give_number(
            self._connection, subject_id, number, reason=reason, verifier=self._verifier, replaces=replaces
        )

    def end_number(self, subject_id: str, identifier_id: str, *, reason: str) -> None:
        """Let a number name its subject no longer, as `people_numbers.end_number` says."""
        end_number(self._connection, subject_id, identifier_id, reason=reason)

    def add_evidence(
        self, subject_id: str, paper: Evidence, *, encounter_id: str | None = None, replaces: str | None = None
    ) -> str:
        """Record a paper whose scan was kept before; return its identifier, as `people_evidence.add_evidence` says."""
        return add_evidence(
            self._connection, self._sample_store, subject_id, paper, encounter_id=encounter_id, replaces=replaces
        )

    def grant_exceptions(self, encounter_id: str, asked: Sequence[CaptureException]) -> None:
        """Record which positions an encounter lacks and why, as `people_exceptions.grant_exceptions` says."""
        grant_exceptions(self._connection, self._sample_store, encounter_id, asked)

    def add_guardian(self, subject_id: str, guardian: Guardian, *, reason: str) -> str:
        """Record who speaks for a subject; return the guardian's identifier, as `people_life.add_guardian` says."""
        return add_guardian(self._connection, subject_id, guardian, reason=reason)

    def end_guardian(self, subject_id: str, guardian_id: str, *, reason: str) -> None:
        """Record that somebody speaks for a subject no longer, as `people_life.end_guardian` says."""
        end_guardian(self._connection, subject_id, guardian_id, reason=reason)

    def record_life_event(self, subject_id: str, happened: LifeEvent, *, reason: str) -> str:
        """Record a life event and let the status follow; return its identifier, as `people_life` says."""
        return record_life_event(self._connection, subject_id, happened, reason=reason)

    def annul_life_event(self, subject_id: str, event_id: str, *, reason: str) -> None:
        """Let a life event that was recorded wrongly count no more, as `people_life.annul_life_event` says."""
        annul_life_event(self._connection, subject_id, event_id, reason=reason)

    def add_files(self, files: Sequence[PersonFile]) -> None:
        """Record the files of many subjects that have none, as `people_files.add_people` says."""
        add_people(self._connection, self._sample_store, files, self._verifier)

    def rebuild_search(self, after: str = "") -> Rebuilt:
        """Make the rows by which people are found anew, some hundred subjects behind `after`."""
        return rebuild_search(self._connection, after)
