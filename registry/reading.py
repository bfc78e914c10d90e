"""Questions to the registry, asked within one transaction: the answers belong together."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select

from biometrics.cases import AdjudicationCase, CaseStatus
from biometrics.errors import RecordNotFoundError
from biometrics.protocols import ReferenceChange
from biometrics.records import AuditEvent, Encounter, EncounterStatus, StoredSample, Subject
from biometrics.templates import BiometricReference
from registry.agreement import active_references, active_subjects, mark_of
from registry.answers import AnswerReader
from registry.belonging import belongings
from registry.case_facade import CaseReader
from registry.case_rows import find_cases
from registry.cases import QUESTION
from registry.changes import changed_subjects, changes_between, latest_sequence, pieces
from registry.counts import Counts, counts
from registry.documents import DocumentReader
from registry.drafts import DraftReader
from registry.encounter_references import encounter_references
from registry.extraction import ExtractionReader
from registry.gallery_writing import GalleryReader
from registry.keys.sections import keyring_of
from registry.listing import ListReader
from registry.merge_writing import MergeReader
from registry.people_reading import PeopleReader
from registry.purging import due_encounters
from registry.receipts import IssuedReceipt, Reconciled, reconcile
from registry.replacement import (
    ModelUse,
    Replaceable,
    Replacement,
    Staged,
    count_unreplaced,
    models_in_use,
    staged,
    unreplaced,
)
from registry.rights.facade import RightsReader
from registry.rows import StoredRow, encounter_of, event_of, reference_of, sample_of, subject_of
from registry.signing.records import SigningReader
from registry.statistics import StatisticsReader
from registry.tables.cases import cases
from registry.tables.core import audit_events, changes, encounters, references, samples, subjects
from registry.tasks import TaskReader
from registry.transfer.facade import TransferReader

_IN_GALLERY = encounters.c.status != EncounterStatus.RETIRED


class Reader:
    """Reads within one transaction; made by `Registry.reading` and `Registry.writing`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.merges = MergeReader(connection)
        self.transfer = TransferReader(connection)
        self.galleries = GalleryReader(connection)
        self.adjudication = CaseReader(connection)
        self.people = PeopleReader(connection)
        self.lists = ListReader(connection)
        self.statistics = StatisticsReader(connection)
        self.extraction = ExtractionReader(connection)
        self.documents = DocumentReader(connection)
        self.tasks = TaskReader(connection)
        self.drafts = DraftReader(connection)
        self.answers = AnswerReader(connection)
        self.signing = SigningReader(connection)
        self.rights = RightsReader(connection)
        self.signing = SigningReader(connection)

    def subject(self, subject_id: str) -> Subject:
        """Return a subject.

        Raises
        ------
        RecordNotFoundError
            When there is none with this identifier.
        """
        found = self._subjects(subjects.c.subject_id == subject_id)
        if not found:
            raise RecordNotFoundError("there is no such subject", source=subject_id)
        return found[0]

    def subject_by_label(self, label: str) -> Subject | None:
        """Return the subject its sender calls `label`, or whom it became by merges; None when there is none."""
        found = self._subjects(subjects.c.label_token == label)
        return self.subject(self.merges.survivor(found[0].subject_id)) if found else None

    def subjects(self) -> tuple[Subject, ...]:
        """Return all subjects, oldest first."""
        return self._subjects()

    def encounters(self, subject_id: str) -> tuple[Encounter, ...]:
        """Return the encounters of a subject with their samples, in the order in which they were added.

        Raises
        ------
        RecordNotFoundError
            When there is no such subject.
        """
        self.subject(subject_id)
        first = select(func.min(changes.c.sequence)).where(changes.c.encounter_id == encounters.c.encounter_id)
        rows = self._rows(
            select(encounters).where(encounters.c.subject_id == subject_id).order_by(first.scalar_subquery())
        )
        held = belongings(self._connection, [row.encounter_id for row in rows])
        return tuple(
            encounter_of(row, self._samples(row.encounter_id), held[row.encounter_id].galleries) for row in rows
        )

    def encounter(self, encounter_id: str) -> Encounter:
        """Return an encounter with its samples.

        Raises
        ------
        RecordNotFoundError
            When there is none with this identifier.
        """
        found = self._rows(select(encounters).where(encounters.c.encounter_id == encounter_id))
        if not found:
            raise RecordNotFoundError("there is no such encounter", source=encounter_id)
        held = belongings(self._connection, [encounter_id])[encounter_id]
        return encounter_of(found[0], self._samples(encounter_id), held.galleries)

    def encounter_digests(self, label: str) -> dict[str, frozenset[str]]:
        """Return, per encounter of a sender's label that is not retired, the digests of its samples.

        Those of everybody who is the same subject by merges are among them.
        """
        subject = self.subject_by_label(label)
        if subject is None:
            return {}
        rows = self._rows(
            select(samples.c.encounter_id, samples.c.sha256)
            .join(encounters, encounters.c.encounter_id == samples.c.encounter_id)
            .where(encounters.c.subject_id == subject.subject_id, _IN_GALLERY)
        )
        digests: dict[str, set[str]] = {}
        for row in rows:
            digests.setdefault(row.encounter_id, set()).add(row.sha256)
        return {encounter_id: frozenset(found) for encounter_id, found in digests.items()}

    def references(self, subject_id: str) -> tuple[BiometricReference, ...]:
        """Return the references of a subject whose encounters are not retired, oldest first; pending ones count.

        Raises
        ------
        RecordNotFoundError
            When there is no such subject.
        """
        self.subject(subject_id)
        own = select(encounters.c.encounter_id).where(encounters.c.subject_id == subject_id)
        keyring_of(self._connection).prefetch(self._connection, own)
        rows = self._rows(
            select(
                encounters.c.subject_id,
                references.c.reference_id,
                references.c.sample_sha256,
                references.c.template,
            )
            .join(encounters, encounters.c.encounter_id == references.c.encounter_id)
            .where(encounters.c.subject_id == subject_id, references.c.retired_at.is_(None))
            .order_by(references.c.added_at, references.c.ordinal)
        )
        return tuple(reference_of(row) for row in rows)

    def encounter_references(self, encounter_ids: Collection[str]) -> dict[str, tuple[BiometricReference, ...]]:
        """Return the references in use of some encounters, as `encounter_references.encounter_references`."""
        return encounter_references(self._connection, encounter_ids)

    def latest_sequence(self) -> int:
        """Return the number of the last change; 0 when there is none."""
        return latest_sequence(self._connection)

    def changed_subjects(self, sequence: int, gallery_id: str) -> frozenset[str]:
        """Return whose references in a gallery changed after a change, as `changes.changed_subjects`."""
        return changed_subjects(self._connection, sequence, gallery_id)

    def changes_since(self, sequence: int) -> Iterator[ReferenceChange]:
        """Yield every change numbered above `sequence`, ascending and without gaps; they are read piece by piece.

        A reference that was added and retired since is in neither change.

        Raises
        ------
        StorageError, TemplateError
            When a change is missing or a template is damaged.
        """
        since, latest = max(sequence, 0), self.latest_sequence()
        for after, until in pieces(since, latest):
            yield from self.changes_between(after, until, since=since, latest=latest)

    def changes_between(self, after: int, last: int, *, since: int, latest: int) -> tuple[ReferenceChange, ...]:
        """Return some of the changes that follow `since`, as `changes.changes_between` says."""
        return changes_between(self._connection, after, last, since=since, latest=latest)

    def active_subjects(self, gallery_id: str | None = None) -> int:
        """Return how many subjects have a reference that is not retired, or one in a gallery; pending ones count."""
        return active_subjects(self._connection, gallery_id)

    def active_references(self, gallery_id: str | None = None) -> int:
        """Return how many references are not retired, or those of them in a gallery; pending ones count."""
        return active_references(self._connection, gallery_id)

    def mark(self, sequence: int) -> str:
        """Return a digest of the registry's history up to a change, as `agreement.mark_of`.

        Raises
        ------
        RecordError
            When there is no such change.
        """
        return mark_of(self._connection, sequence)

    def models_in_use(self) -> tuple[ModelUse, ...]:
        """Return which models made the references that are not retired."""
        return models_in_use(self._connection)

    def count_unreplaced(self, replacement: Replacement) -> int:
        """Return how many references of other models a re-extraction has not yet dealt with."""
        return count_unreplaced(self._connection, replacement)

    def unreplaced(
        self, replacement: Replacement, limit: int | None = None, after: str = ""
    ) -> tuple[Replaceable, ...]:
        """Return such references by identifier, from behind `after`."""
        return unreplaced(self._connection, replacement, limit, after)

    def count_due(self, retired_before: datetime) -> int:
        """Return how many encounters retired before a moment could be purged."""
        return len(due_encounters(self._connection, retired_before))

    def reconcile(self, issued: Sequence[IssuedReceipt]) -> Reconciled:
        """Return which receipts have an encounter, and which have none."""
        return reconcile(self._connection, issued)

    def staged(self) -> Staged | None:
        """Return how far an unfinished re-extraction has come; None when there is none."""
        return staged(self._connection)

    def case(self, case_id: str) -> AdjudicationCase:
        """Return a case.

        Raises
        ------
        RecordNotFoundError
            When there is none with this identifier.
        """
        return self.adjudication.find(case_id)

    def case_of_encounter(self, encounter_id: str) -> AdjudicationCase:
        """Return the case about an encounter; of several, the one to look at first.

        Raises
        ------
        RecordNotFoundError
            When there is none.
        """
        found = find_cases(self._connection, QUESTION, cases.c.encounter_id == encounter_id)
        if not found:
            raise RecordNotFoundError("there is no case about this encounter", source=encounter_id)
        return found[0]

    def cases(self, status: CaseStatus | None = None) -> tuple[AdjudicationCase, ...]:
        """Return all cases that ask something, or those of one status: high priority first, then the oldest."""
        return find_cases(self._connection, QUESTION, *(() if status is None else (cases.c.status == status,)))

    def events(self, since: int = 0) -> tuple[AuditEvent, ...]:
        """Return the audit events numbered above `since`, ascending."""
        rows = self._rows(select(audit_events).where(audit_events.c.sequence > since).order_by(audit_events.c.sequence))
        return tuple(event_of(row) for row in rows)

    def events_about(self, subject_id: str) -> tuple[AuditEvent, ...]:
        """Return the audit events about a subject, ascending."""
        about = select(audit_events).where(audit_events.c.subject_id == subject_id)
        return tuple(event_of(row) for row in self._connection.execute(about.order_by(audit_events.c.sequence)))

    def counts(self) -> Counts:
        """Return how much the registry holds."""
        return counts(self._connection)

    def _rows(self, query: Select[Any]) -> Sequence[StoredRow]:
        # All at once: a cursor left open by an error half way would keep the connection at its old snapshot.
        return self._connection.execute(query).all()

    def _subjects(self, *conditions: ColumnElement[bool]) -> tuple[Subject, ...]:
        order = (subjects.c.created_at, subjects.c.subject_id)
        keyring_of(self._connection).prefetch(self._connection, select(subjects.c.subject_id).where(*conditions))
        rows = self._rows(select(subjects).where(*conditions).order_by(*order))
        return tuple(subject_of(row) for row in rows)

    def _samples(self, encounter_id: str) -> tuple[StoredSample, ...]:
        rows = self._rows(select(samples).where(samples.c.encounter_id == encounter_id).order_by(samples.c.ordinal))
        return tuple(sample_of(row) for row in rows)
