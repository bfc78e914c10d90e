"""Exchange as sections of the registry offer it: `record.transfer` and `writer.transfer`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, func, insert, or_, select

from biometrics.people.history import HeldGuardian
from biometrics.people.identifiers import CheckLetter
from biometrics.records import SubjectStatus
from registry.samples import SampleStore
from registry.tables.core import encounters, heads, subjects
from registry.tables.galleries import encounter_galleries
from registry.tables.imports import imported_persons
from registry.tables.merges import merge_encounters, merges
from registry.transfer.jobs import ImportJob, advance_job, begin_job, find_job
from registry.transfer.known import ReadPerson, Sorted, sort_out
from registry.transfer.links import brought_by, record_link
from registry.transfer.person import ExchangedMerge, ExchangedPerson
from registry.transfer.recording import record_people, record_statements
from registry.transfer.source import ImportSource
from registry.transfer.stored import read_persons


class TransferReader:
    """Persons as they are exchanged, and how far imports have come."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find_import(self, source: ImportSource) -> ImportJob | None:
        """Return the import of exactly this content, as `jobs.find_job` says."""
        return find_job(self._connection, source)

    def subjects_after(self, subject_id: str, gallery: str | None, limit: int) -> list[str]:
        """Return the next subjects by identifier, but for purged ones; of a gallery those who have an encounter there.

        Whoever was merged has the encounters that came with the merge.
        """
        present = subjects.c.status != SubjectStatus.PURGED
        query = select(subjects.c.subject_id).where(subjects.c.subject_id > subject_id, present)
        if gallery is not None:
            query = query.where(_in_gallery(gallery))
        return list(self._connection.scalars(query.order_by(subjects.c.subject_id).limit(limit)))

    def count_subjects(self, gallery: str | None) -> int:
        """Return how many subjects `subjects_after` names in all."""
        query = select(func.count()).select_from(subjects).where(subjects.c.status != SubjectStatus.PURGED)
        return int(self._connection.scalar(query if gallery is None else query.where(_in_gallery(gallery))) or 0)

    def persons(self, subject_ids: Sequence[str], gallery: str | None = None) -> list[ExchangedPerson]:
        """Return persons as they are exchanged, as `stored.read_persons` says."""
        return read_persons(self._connection, subject_ids, gallery)

    def last_event(self) -> int:
        """Return the number of the last audit event."""
        return int(self._connection.scalar(select(heads.c.event_sequence)) or 0)


class TransferWriter(TransferReader):
    """Persons recorded in bulk, with how far their import has come."""

    def __init__(self, connection: Connection, sample_store: SampleStore, verifier: CheckLetter | None) -> None:
        super().__init__(connection)
        self._samples = sample_store
        self._verifier = verifier

    def begin(self, source: ImportSource, gallery: str, report: Path) -> ImportJob:
        """Record that an import begins, as `jobs.begin_job` says."""
        return begin_job(self._connection, source, gallery, report)

    def sort_out(self, read: Sequence[ReadPerson]) -> Sorted:
        """Compare persons with the registry, as `known.sort_out` says."""
        return sort_out(self._connection, read)

    def record(
        self, job: ImportJob, new: Sequence[ReadPerson], completing: Sequence[ReadPerson], done: ImportJob
    ) -> None:
        """Record persons nobody knows, and what others state for the first time, and that the import has come there.

        Raises
        ------
        RecordConflictError, PersonDataError
            When one of them cannot be recorded.
        RecordBusyError
            When another process went on with the import.
        """
        record_people(self._connection, self._samples, [one.person for one in new], self._verifier)
        if completing:
            record_statements(self._connection, self._samples, [one.person for one in completing], self._verifier)
        rows = [
            {
                "subject_id": one.person.subject.subject_id,
                "import_id": job.import_id,
                "line": one.line.number,
                "sha256": one.sha256,
            }
            for one in (*new, *completing)
        ]
        if rows:
            self._connection.execute(insert(imported_persons), rows)
        advance_job(self._connection, job, done)

    def brought_by(self, job: ImportJob, line: int) -> str | None:
        """Return whom an import recorded from a line."""
        return brought_by(self._connection, job.import_id, line)

    def link(self, subject_id: str, link: HeldGuardian | ExchangedMerge) -> None:
        """Join a person to another, as `links.record_link` says."""
        record_link(self._connection, subject_id, link)

    def advance(self, job: ImportJob, done: ImportJob) -> None:
        """Record that an import has come from one state to another."""
        advance_job(self._connection, job, done)


def _in_gallery(gallery: str) -> ColumnElement[bool]:
    here = encounter_galleries.c.gallery_id == gallery
    own = (
        select(encounters.c.encounter_id)
        .join(encounter_galleries, encounter_galleries.c.encounter_id == encounters.c.encounter_id)
        .where(here, encounters.c.subject_id == subjects.c.subject_id)
    )
    given_away = (
        select(merges.c.merge_id)
        .join(merge_encounters, merge_encounters.c.merge_id == merges.c.merge_id)
        .join(encounter_galleries, encounter_galleries.c.encounter_id == merge_encounters.c.encounter_id)
        .where(here, merges.c.undone_at.is_(None), merges.c.source_id == subjects.c.subject_id)
    )
    return or_(own.exists(), given_away.exists())
