"""Changes of the registry, made within one transaction that commits as a whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from biometrics.cases import AdjudicationCase, CaseCandidate, CasePriority, CaseStatus, SearchEvidence
from biometrics.errors import RecordError
from biometrics.people.identifiers import CheckLetter
from biometrics.records import SYSTEM, Actor, Encounter, EncounterStatus, Subject
from biometrics.samples import now_utc
from biometrics.templates import BiometricReference
from registry.access import record_reading
from registry.answers import AnswerWriter
from registry.audit import RESERVED_ACTIONS, act_as, append_event
from registry.case_facade import CaseWriter
from registry.cases import encounter_models, newest_encounter, open_case
from registry.counting import add_rows
from registry.counts import Counts
from registry.decisions import Decision, record_decisions, record_refusal
from registry.documents import DocumentWriter
from registry.drafts import DraftWriter
from registry.exchange import abandon, forget_failures, replace_references, stage
from registry.extraction_writing import ExtractionWriter
from registry.failures import database_errors
from registry.gallery_writing import GalleryWriter
from registry.identifiers import new_identifier
from registry.merge_writing import MergeWriter
from registry.people_exceptions import require_explained
from registry.people_writing import PeopleWriter
from registry.purging import Purged, purge
from registry.reading import Reader
from registry.recording import add_encounter
from registry.replacement import Replaced, Replacement, StagedResult
from registry.retiring import retire_encounter
from registry.rights.facade import RightsWriter
from registry.samples import SampleStore
from registry.section import Section
from registry.signing.records import SigningWriter
from registry.tasks import TaskWriter
from registry.transfer.facade import TransferWriter


class Writer(Reader):
    """Reads and writes within the one write transaction; made by `Registry.writing`."""

    def __init__(
        self,
        connection: Connection,
        sample_store: SampleStore,
        actor: Actor = SYSTEM,
        check_letter: CheckLetter | None = None,
    ) -> None:
        super().__init__(connection)
        self._act_as(actor)
        self._section = Section(connection)
        self.merges: MergeWriter = MergeWriter(connection)
        self.galleries: GalleryWriter = GalleryWriter(connection)
        self.adjudication: CaseWriter = CaseWriter(connection)
        self.people: PeopleWriter = PeopleWriter(connection, sample_store, check_letter)
        self.extraction: ExtractionWriter = ExtractionWriter(connection)
        self.transfer: TransferWriter = TransferWriter(connection, sample_store, check_letter)
        self.documents: DocumentWriter = DocumentWriter(connection)
        self.tasks: TaskWriter = TaskWriter(connection)
        self.drafts: DraftWriter = DraftWriter(connection, sample_store)
        self.answers: AnswerWriter = AnswerWriter(connection)
        self.signing: SigningWriter = SigningWriter(connection)
        self.rights: RightsWriter = RightsWriter(connection)
        self._sample_store = sample_store
        self._without_case: set[str] = set()
        self._without_biometrics: set[str] = set()

    @contextmanager
    def attempt(self, actor: Actor) -> Iterator[None]:
        """Act for an actor in a part of the section that fails alone: what an exception leaves behind is undone."""
        source = self._connection.engine.url.database or ""
        earlier_actor, earlier_without_case = self.actor, set(self._without_case)
        earlier_without_biometrics = set(self._without_biometrics)
        self._section.settle()
        self._act_as(actor)
        try:
            with database_errors(source), self._connection.begin_nested():
                yield
                self._section.settle()
        except BaseException:
            self._without_case = earlier_without_case
            self._without_biometrics = earlier_without_biometrics
            raise
        finally:
            self._act_as(earlier_actor)

    def record_reading(self, action: str, subject_ids: Iterable[str], told: Mapping[str, object] | None = None) -> None:
        """Let the audit trail tell that something was read about these persons."""
        record_reading(self._connection, action, subject_ids, told)

    def add_encounter(self, subject: Subject, encounter: Encounter, references: Sequence[BiometricReference]) -> int:
        """Record an encounter with its samples and references, and its subject when new; return the change's number.

        The sample files must have been stored before. Before the section ends, a pending encounter needs a case, and
        one without biometrics what `people_exceptions.require_explained` asks for.

        Raises
        ------
        RecordConflictError
            When the label belongs to another subject, an identifier is taken, the parts name different subjects, or
            the subject is merged into another.
        RecordNotFoundError
            When it names a gallery that nobody created.
        RecordError
            When the encounter is retired already, or in no gallery.
        StorageError
            When a sample file is missing.
        """
        sequence = add_encounter(self._connection, self._sample_store, subject, encounter, references)
        if encounter.status is EncounterStatus.PENDING:
            self._without_case.add(encounter.encounter_id)
        if not encounter.samples and not references:
            self._without_biometrics.add(encounter.encounter_id)
        return sequence

    def retire_encounter(self, encounter_id: str) -> int:
        """Take the references of an encounter out of use, keeping everything; return the change's number.

        Raises
        ------
        RecordNotFoundError
            When there is no such encounter.
        RecordConflictError
            When it is retired already.
        """
        sequence = retire_encounter(self._connection, encounter_id)
        self._without_case.discard(encounter_id)
        return sequence

    def purge(self, *, retired_before: datetime, reason: str, most: int) -> Purged:
        """Purge encounters retired before a moment, at most so many, with whoever has no other; the trail tells.

        Raises
        ------
        RecordError
            When no reason is given.
        """
        return purge(self._connection, retired_before=retired_before, reason=reason, most=most)

    def open_case(  # noqa: PLR0913 - the parts of a question
        self,
        *,
        subject_id: str,
        candidates: tuple[CaseCandidate, ...],
        priority: CasePriority,
        reason: str,
        encounter_id: str | None = None,
        evidence: SearchEvidence | None = None,
    ) -> str:
        """Open a case about an encounter (the subject's newest), or return the case that asks or answered the same.

        Raises
        ------
        RecordNotFoundError
            When the encounter or a candidate is unknown.
        RecordError
            When the candidates are not distinct others, or a score is not a finite number.
        """
        about = encounter_id or newest_encounter(self._connection, subject_id)
        known = evidence or SearchEvidence()
        asked = AdjudicationCase(
            case_id=new_identifier(),
            encounter_id=about,
            subject_id=subject_id,
            candidates=candidates,
            priority=priority,
            status=CaseStatus.OPEN,
            reason=reason,
            opened_at=now_utc(),
            evidence=replace(known, models=encounter_models(self._connection, about)),
        )
        case = open_case(self._connection, asked)
        self._without_case.discard(case.encounter_id)
        return case.case_id

    def counts(self) -> Counts:
        """Return how much the registry holds, with what this section did so far."""
        self._count_rows()
        return super().counts()

    def stage(self, replacement: Replacement, results: Sequence[StagedResult]) -> None:
        """Keep what a re-extraction made of some references; nothing is searched before `replace_references`.

        Raises
        ------
        RecordConflictError
            When a re-extraction to another model is unfinished.
        """
        stage(self._connection, replacement, results)

    def forget_failures(self) -> int:
        """Let a re-extraction try again what it could not do; return how much that is."""
        return forget_failures(self._connection)

    def abandon_replacement(self) -> int:
        """Forget everything an unfinished re-extraction made; return how much that was."""
        return abandon(self._connection)

    def replace_references(self, replacement: Replacement) -> Replaced:
        """Retire all references of other models and add those that were staged, encounter by encounter.

        References for which nothing could be made are retired too, and their subjects named in the audit trail.

        Raises
        ------
        RecordConflictError
            When some references were not dealt with yet.
        """
        return replace_references(self._connection, replacement)

    def append_event(self, action: str, subject_id: str | None, details: Mapping[str, object]) -> int:
        """Add an event to the audit trail and return its number; `details` are JSON values and nothing personal.

        Encounters and cases leave their own events.

        Raises
        ------
        RecordError
            When the action is one of those, or the details have no JSON form.
        """
        if action in RESERVED_ACTIONS:
            raise RecordError("only the change itself leaves this event", source=action)
        return append_event(self._connection, action=action, subject_id=subject_id, details=details)

    def record_decisions(self, decisions: Iterable[Decision]) -> None:
        """Let the trail tell what was decided about who may do what."""
        record_decisions(self._connection, decisions)

    def record_refusal(self, operation: str, reason: str, case_id: str | None) -> None:
        """Let the trail tell that whoever acts was refused an operation, on a case where it was about one."""
        record_refusal(self._connection, operation, reason, case_id)

    def finish(self) -> None:
        """Check what only the whole section can show; `Registry.writing` calls it before it commits.

        Raises
        ------
        RecordError
            When a pending encounter has no case, so that nobody would ever decide it, nothing explains why one has no
            biometrics, or a change left no event.
        """
        for encounter_id in sorted(self._without_case):
            raise RecordError("a pending encounter needs an open case", source=encounter_id)
        for encounter_id in sorted(self._without_biometrics):
            require_explained(self._connection, encounter_id)
        self._section.settle()
        self._count_rows()

    def _count_rows(self) -> None:
        add_rows(self._connection, self._section.rows)
        self._section.rows.clear()

    def _act_as(self, actor: Actor) -> None:
        act_as(self._connection, actor)
        self.actor = actor
