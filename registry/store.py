"""The system of record, opened from a home folder. It is the truth; the gallery is rebuilt from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import wraps
from pathlib import Path
from types import TracebackType
from typing import Concatenate, ParamSpec, TypeVar

from biometrics.cases import CaseCandidate, CasePriority, SearchEvidence
from biometrics.errors import RecordBusyError, StorageError
from biometrics.people.identifiers import CheckLetter
from biometrics.protocols import Progress, ReferenceChange, no_progress
from biometrics.records import SYSTEM, Actor
from biometrics.signing.signer import Purpose
from registry.audit_log.anchoring import Anchoring
from registry.audit_log.facade import AuditLog
from registry.audit_log.freshness import AnchorPolicy
from registry.audit_log.sinks import AnchorSink
from registry.changes import pieces
from registry.checking import check_everything
from registry.database import Database
from registry.faults import Fault
from registry.kept_files import give_store, read_file
from registry.keys.default import home_key
from registry.keys.desk import KeyDesk
from registry.keys.encryption import KeyEncryption
from registry.keys.keyring import Keyring
from registry.location import open_database, registry_folder
from registry.reading import Reader
from registry.rights.actions import RESTRICTION_MET
from registry.rights.door import restricted
from registry.rights.finishing import ErasureDesk
from registry.samples import SampleStore
from registry.signing.office import SigningOffice
from registry.upkeep import Upkeep
from registry.writing import Writer

BUSY_TIMEOUT_S = 10.0
"""How long a writer waits for the others before it gives up with `RecordBusyError`.

The section of an enrollment searches only what others committed during its long search, and records.
"""

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")


def _asked_alone(ask: Callable[Concatenate[Reader, Asked], Answer]) -> Callable[Concatenate[Registry, Asked], Answer]:
    """Return a method of `Reader` as one of `Registry`; not for iterators, which would outlive their section."""

    @wraps(ask)
    def answer(self: Registry, /, *args: Asked.args, **kwargs: Asked.kwargs) -> Answer:
        with self.reading() as record:
            return ask(record, *args, **kwargs)

    return answer


class Registry:
    """Subjects, encounters, samples, references, cases and the audit trail of one installation.

    Safe to share between threads; several processes may open the same home. One writes at a time, readers never wait.
    It is a `ReferenceSource` and a `CaseSink`. Close it, or use it in a `with` statement.
    """

    def __init__(
        self,
        home: Path,
        database: Database,
        sample_store: SampleStore,
        keys: Keyring,
        check_letter: CheckLetter | None = None,
    ) -> None:
        self.home = home
        self.keys = keys
        self._database = database
        self._samples = sample_store
        self._check_letter = check_letter
        self.upkeep = Upkeep(database, sample_store)
        self.protection = KeyDesk(database, keys, sample_store)
        give_store(database, sample_store)
        self.erasing = ErasureDesk(database, sample_store)
        self.signing = SigningOffice(self)
        self.anchoring: Anchoring | None = None
        self.audit_log = AuditLog(self, database.reading)
        self.signing = SigningOffice(self)

    @classmethod
    def open(  # noqa: PLR0913 - where, and what nobody gives but tests and wiring
        cls,
        home: Path,
        create: bool = True,
        busy_timeout_s: float = BUSY_TIMEOUT_S,
        *,
        database: str | None = None,
        check_letter: CheckLetter | None = None,
        key_encryption: KeyEncryption | None = None,
    ) -> Registry:
        """Open the registry of an installation, creating it where there is none, for its owner's eyes only.

        Parameters
        ----------
        home
            The installation; its samples are in `home/registry`, and so is the database unless it is a server's.
        create
            When False, a missing registry is an error.
        busy_timeout_s
            How long to wait for another writer.
        database
            Address of the PostgreSQL database that a new home uses from now on; by default a SQLite file.
        check_letter
            What verifies the last letter of every NINA that is recorded; by default nothing does.
        key_encryption
            The key from outside that protects it; by default one in the file `protection.key` of the home, which is
            made with the registry.

        Raises
        ------
        RecordNotFoundError
            When there is none and it shall not be created.
        RecordConflictError
            When the home has its registry elsewhere than `database` says.
        RecordVersionError
            When the database is another application's or another version's; it is left as it is.
        RecordBusyError, StorageError
            When it is locked, damaged, or cannot be reached or written.
        ConfigurationError
            When `database` is not an address, or the database cannot be used.
        KeyUnavailableError
            When the key is missing, or the registry is protected by another one.
        """
        opened = open_database(home, create=create, address=database, busy_timeout_s=busy_timeout_s)
        try:
            keys = opened.open_keys(key_encryption or home_key(home, opened))
        except BaseException:
            opened.close()
            raise
        return cls(home, opened, SampleStore(registry_folder(home) / "samples"), keys, check_letter)

    def keep_anchored(self, policy: AnchorPolicy, sinks: Sequence[AnchorSink]) -> Anchoring:
        """Let the audit log be anchored in these sinks, and nothing be recorded while it is not.

        For the one process that owns the registry; `Anchoring.kept_regularly` does the work.
        """
        self.anchoring = Anchoring(self._database, policy, sinks, lambda: self.signing.signer(Purpose.ANCHORS))
        return self.anchoring

    @property
    def address(self) -> str:
        """Where the database is: the path of a file, or the address of a PostgreSQL database."""
        return self._database.source

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
    def writing(self, actor: Actor = SYSTEM) -> Iterator[Writer]:
        """Open the one writer section: it commits durably at its end, or leaves nothing when an exception passes.

        Its audit events name the actor.

        Raises
        ------
        RecordBusyError
            When another writer does not finish in time.
        StorageError
            When the disk is full; nothing was recorded.
        """
        with self._database.writing() as connection:
            writer = Writer(connection, self._samples, actor, self._check_letter)
            yield writer
            writer.finish()
        # What was done is committed; files that stay behind are erased by a later section, or swept.
        with suppress(RecordBusyError, StorageError):
            self.upkeep.erase_files()

    def consult(
        self,
        actor: Actor,
        action: str,
        subject_ids: Iterable[str] | Callable[[Answer], Iterable[str]],
        ask: Callable[[Reader], Answer],
        told: Mapping[str, object] | Callable[[Answer], Mapping[str, object]] | None = None,
    ) -> Answer:
        """Answer a question about persons after the audit trail durably says who asked it about whom.

        Parameters
        ----------
        actor
            Who asks, and why.
        action
            What the trail calls it, for example `access.PERSON_READ`.
        subject_ids
            Whom the answer is about, or how to tell from the answer.
        ask
            The question, asked of one snapshot; its answer must not read on later.
        told
            What else the trail tells about the question or its answer, nothing personal.

        Raises
        ------
        RestrictedError
            When one of them is locked, or objects to the actor's purpose; the trail tells that it was asked.
        RecordBusyError, StorageError
            When the event cannot be recorded; then there is no answer.
        """
        with self.reading() as record:
            answer = ask(record)
            named = list(subject_ids(answer) if callable(subject_ids) else subject_ids)
            refused = restricted(record, action, named, actor)
        with self.writing(actor) as writer:
            if refused is None:
                writer.record_reading(action, named, told(answer) if callable(told) else told)
            else:
                writer.record_reading(RESTRICTION_MET, refused.subject_ids, {"asked": action})
        if refused is not None:
            raise refused.error
        return answer

    def keep_sample(self, data: bytes) -> str:
        """Store the bytes of a sample file durably and return their SHA-256; to be done before the writer section.

        Raises
        ------
        StorageError
            When the disk is full or the folder cannot be written.
        """
        return self._samples.keep(data)

    def sample_bytes(self, sha256: str) -> bytes:
        """Return the bytes of a stored sample, verified.

        Raises
        ------
        StorageError
            When it is missing or damaged.
        """
        open_section = self._database.sections.innermost()
        if open_section is not None:
            return read_file(open_section.connection, self._samples, sha256)
        with self._database.reading() as connection:
            return read_file(connection, self._samples, sha256)

    def changes_since(self, sequence: int) -> Iterator[ReferenceChange]:
        """Yield every change numbered above `sequence` and known now, ascending and without gaps.

        Each piece is read in a transaction of its own, so that a slow reader holds nothing up. References that came and
        went since are left out, as `Reader.changes_since` says.

        Raises
        ------
        StorageError, TemplateError
            When a change is missing or a template is damaged.
        """
        since, latest = max(sequence, 0), self.latest_sequence()
        for after, until in pieces(since, latest):
            with self.reading() as record:
                piece = record.changes_between(after, until, since=since, latest=latest)
            yield from piece

    def open_case(
        self,
        *,
        subject_id: str,
        candidates: tuple[CaseCandidate, ...],
        priority: CasePriority,
        reason: str,
        evidence: SearchEvidence | None = None,
    ) -> str:
        """Open a case in a writer section of its own, or return the case that asks or answered the same.

        Raises
        ------
        RecordNotFoundError, RecordError, RecordBusyError
            As `Writer.open_case` and `writing`.
        """
        with self.writing() as writer:
            return writer.open_case(
                subject_id=subject_id, candidates=candidates, priority=priority, reason=reason, evidence=evidence
            )

    def answered(self, subject_id: str, other_id: str) -> bool:
        """Return whether people decided that two subjects are not one, and nothing was added about either since."""
        with self.reading() as record:
            return record.adjudication.deciding(subject_id, other_id) is not None

    # The questions of a `Reader`, each asked in a reading section of its own.
    latest_sequence = _asked_alone(Reader.latest_sequence)
    active_subjects = _asked_alone(Reader.active_subjects)
    active_references = _asked_alone(Reader.active_references)
    mark = _asked_alone(Reader.mark)
    changed_subjects = _asked_alone(Reader.changed_subjects)
    models_in_use = _asked_alone(Reader.models_in_use)
    count_unreplaced = _asked_alone(Reader.count_unreplaced)
    unreplaced = _asked_alone(Reader.unreplaced)
    staged = _asked_alone(Reader.staged)
    subject = _asked_alone(Reader.subject)
    subject_by_label = _asked_alone(Reader.subject_by_label)
    subjects = _asked_alone(Reader.subjects)
    encounters = _asked_alone(Reader.encounters)
    encounter_digests = _asked_alone(Reader.encounter_digests)
    references = _asked_alone(Reader.references)
    case = _asked_alone(Reader.case)
    case_of_encounter = _asked_alone(Reader.case_of_encounter)
    cases = _asked_alone(Reader.cases)
    events = _asked_alone(Reader.events)
    events_about = _asked_alone(Reader.events_about)
    counts = _asked_alone(Reader.counts)

    def check(self, progress: Progress = no_progress) -> list[Fault]:
        """Verify everything that can be verified, and return what was found; an empty list is a clean bill."""
        with self._database.reading() as connection:
            return list(check_everything(connection, self._samples, progress))
