"""The system of record, opened from a home folder. It is the truth; the gallery is rebuilt from it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from biometrics.errors import RecordNotFoundError
from biometrics.protocols import Progress, ReferenceChange, no_progress
from biometrics.records import AdjudicationCase, AuditEvent, CaseCandidate, CasePriority, CaseStatus, Encounter, Subject
from biometrics.templates import BiometricReference
from registry.checking import check_everything, unreferenced_files
from registry.database import Database
from registry.failures import file_error
from registry.findings import Finding
from registry.reading import CHANGES_AT_ONCE, Counts, Reader
from registry.samples import SampleStore
from registry.writing import Writer

BUSY_TIMEOUT_S = 10.0
"""Longer than any writer section takes: an enrollment searches before it, and commits within milliseconds."""

SWEEP_AGE_S = 3600.0
"""Samples are written before the record that names them; an hour outlasts every enrollment under way."""


class Registry:
    """Subjects, encounters, samples, references, cases and the audit trail of one installation.

    Safe to share between threads; several processes may open the same home. One writes at a time, readers never wait.
    It is a `ReferenceSource` and a `CaseSink`. Close it, or use it in a `with` statement.
    """

    def __init__(self, database: Database, sample_store: SampleStore) -> None:
        self._database = database
        self._samples = sample_store

    @classmethod
    def open(cls, home: Path, create: bool = True, busy_timeout_s: float = BUSY_TIMEOUT_S) -> Registry:
        """Open the registry of an installation, creating it where there is none.

        Parameters
        ----------
        home
            The installation; the registry is `home/registry`.
        create
            When False, a missing registry is an error.
        busy_timeout_s
            How long to wait for another writer.

        Raises
        ------
        RecordNotFoundError
            When there is none and it shall not be created.
        RecordVersionError
            When the file is another application's or another version's; it is left as it is.
        RecordBusyError, StorageError
            When it is locked, damaged, or cannot be written.
        """
        folder = home / "registry"
        database = folder / "registry.db"
        try:
            if not create and not database.exists():
                remedy = "give the --home of an installation, or enroll somebody first"
                raise RecordNotFoundError("there is no registry here", source=str(home), remedy=remedy)
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise file_error(error, folder) from error
        return cls(Database(database, busy_timeout_s), SampleStore(folder / "samples"))

    def close(self) -> None:
        """Close the database connections."""
        self._database.close()

    def __enter__(self) -> Registry:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def reading(self) -> Iterator[Reader]:
        """Open a section whose answers belong together: what others commit meanwhile stays invisible."""
        with self._database.reading() as connection:
            yield Reader(connection)

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        """Open the one writer section: it commits durably at its end, or leaves nothing when an exception passes.

        Raises
        ------
        RecordBusyError
            When another writer does not finish in time.
        StorageError
            When the disk is full; nothing was recorded.
        """
        with self._database.writing() as connection:
            writer = Writer(connection, self._samples)
            yield writer
            writer.finish()

    def keep_sample(self, data: bytes) -> str:
        """Store the bytes of a sample file durably and return their SHA-256; to be done before the writer section.

        Raises
        ------
        StorageError
            When the disk is full or the folder cannot be written.
        """
        return self._samples.add(data)

    def sample_bytes(self, sha256: str) -> bytes:
        """Return the bytes of a stored sample, verified.

        Raises
        ------
        StorageError
            When it is missing or damaged.
        """
        return self._samples.read(sha256)

    def latest_sequence(self) -> int:
        """Return the number of the last change; 0 when there is none."""
        with self.reading() as record:
            return record.latest_sequence()

    def changes_since(self, sequence: int) -> Iterator[ReferenceChange]:
        """Yield every change numbered above `sequence` and known now, ascending and without gaps.

        Each piece is read in a transaction of its own, so that a slow reader holds nothing up.

        Raises
        ------
        StorageError, TemplateError
            When a change is missing or a template is damaged.
        """
        latest = self.latest_sequence()
        for after in range(max(sequence, 0), latest, CHANGES_AT_ONCE):
            with self.reading() as record:
                piece = record.changes_between(after, min(after + CHANGES_AT_ONCE, latest))
            yield from piece

    def active_subjects(self) -> int:
        """Return how many subjects have a reference that is not retired; pending ones count."""
        with self.reading() as record:
            return record.active_subjects()

    def open_case(
        self, *, subject_id: str, candidates: tuple[CaseCandidate, ...], priority: CasePriority, reason: str
    ) -> str:
        """Open a case in a writer section of its own, or return the open case that asks the same.

        Raises
        ------
        RecordNotFoundError, RecordError, RecordBusyError
            As `Writer.open_case` and `writing`.
        """
        with self.writing() as writer:
            return writer.open_case(subject_id=subject_id, candidates=candidates, priority=priority, reason=reason)

    def subject(self, subject_id: str) -> Subject:
        """Return a subject; see `Reader.subject`."""
        with self.reading() as record:
            return record.subject(subject_id)

    def subject_by_label(self, label: str) -> Subject | None:
        """Return the subject its sender calls `label`; None when there is none."""
        with self.reading() as record:
            return record.subject_by_label(label)

    def subjects(self) -> tuple[Subject, ...]:
        """Return all subjects, oldest first."""
        with self.reading() as record:
            return record.subjects()

    def encounters(self, subject_id: str) -> tuple[Encounter, ...]:
        """Return the encounters of a subject, oldest first; see `Reader.encounters`."""
        with self.reading() as record:
            return record.encounters(subject_id)

    def encounter_digests(self, label: str) -> dict[str, frozenset[str]]:
        """Return, per encounter of a label that is not retired, the digests of its samples."""
        with self.reading() as record:
            return record.encounter_digests(label)

    def references(self, subject_id: str) -> tuple[BiometricReference, ...]:
        """Return the references of a subject that are not retired; see `Reader.references`."""
        with self.reading() as record:
            return record.references(subject_id)

    def case(self, case_id: str) -> AdjudicationCase:
        """Return a case; see `Reader.case`."""
        with self.reading() as record:
            return record.case(case_id)

    def case_of_encounter(self, encounter_id: str) -> AdjudicationCase:
        """Return the case about an encounter; see `Reader.case_of_encounter`."""
        with self.reading() as record:
            return record.case_of_encounter(encounter_id)

    def cases(self, status: CaseStatus | None = None) -> tuple[AdjudicationCase, ...]:
        """Return all cases, or those of one status: high priority first, then the oldest."""
        with self.reading() as record:
            return record.cases(status)

    def events(self, since: int = 0) -> tuple[AuditEvent, ...]:
        """Return the audit events numbered above `since`, ascending."""
        with self.reading() as record:
            return record.events(since)

    def counts(self) -> Counts:
        """Return how much the registry holds."""
        with self.reading() as record:
            return record.counts()

    def check(self, progress: Progress = no_progress) -> list[Finding]:
        """Verify everything that can be verified, and return what was found; an empty list is a clean bill."""
        with self._database.reading() as connection:
            return list(check_everything(connection, self._samples, progress))

    def sweep(self, older_than_s: float = SWEEP_AGE_S) -> int:
        """Remove sample files that no record names and that are old; return how many.

        It runs in the writer section: no enrollment can commit a record for a file that is just being removed.

        Raises
        ------
        RecordBusyError, StorageError
            When another writer does not finish in time, or a file cannot be removed.
        """
        with self._database.writing() as connection:
            unnamed = unreferenced_files(connection, self._samples)
            return sum(self._samples.remove_older(path, older_than_s) for path in unnamed)
