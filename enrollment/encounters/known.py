"""What is recorded about a person whom a client knows by a label: their encounters by name, and what counts of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from biometrics.errors import RecordNotFoundError
from biometrics.records import Encounter, EncounterStatus, Subject
from biometrics.templates import BiometricReference, Template
from enrollment.judging import OwnRecords
from registry.documents import EncounterDocument
from registry.reading import Reader

EMPTY_DOCUMENT = "{}"
"""Of encounters that were enrolled without one."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KnownEncounter:
    """An encounter that is not retired, with what its client says about it; None when it was enrolled by a command."""

    encounter: Encounter
    document: EncounterDocument | None

    @property
    def encounter_id(self) -> str:
        """Its identifier."""
        return self.encounter.encounter_id

    @property
    def name(self) -> str:
        """What its client calls it."""
        return self.encounter_id if self.document is None else self.document.name

    @property
    def counts(self) -> bool:
        """Whether it may identify its person."""
        wanted = self.document is None or self.document.in_use
        return wanted and self.encounter.status is EncounterStatus.ACTIVE

    @property
    def text(self) -> str:
        """What its client said about it."""
        return EMPTY_DOCUMENT if self.document is None else self.document.document

    @property
    def updated_at(self) -> datetime:
        """When that was said last."""
        return self.encounter.recorded_at if self.document is None else self.document.updated_at


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KnownPerson:
    """A subject and its encounters that are not retired, maybe none."""

    subject: Subject
    encounters: tuple[KnownEncounter, ...]

    def named(self, name: str | None) -> KnownEncounter:
        """Return the encounter of a name.

        Raises
        ------
        RecordNotFoundError
            When there is none.
        """
        found = [one for one in self.encounters if one.name == name]
        if not found:
            raise RecordNotFoundError("this person has no encounter of this name", source=self.subject.subject_id)
        return found[0]

    def counting(self, gallery_id: str | None = None, *, in_use_only: bool) -> tuple[KnownEncounter, ...]:
        """Return the encounters in a gallery, or in any; where asked to, those that may identify the person."""
        inside = [one for one in self.encounters if gallery_id is None or gallery_id in one.encounter.galleries]
        return tuple(one for one in inside if one.counts or not in_use_only)

    def templates(self, record: Reader, encounters: tuple[KnownEncounter, ...]) -> tuple[Template, ...]:
        """Return the templates of some of the encounters."""
        held = record.encounter_references([one.encounter_id for one in encounters])
        return tuple(reference.template for one in encounters for reference in held.get(one.encounter_id, ()))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HeldReferences:
    """The references of a person, by encounter, as far as any are in use."""

    person: KnownPerson
    by_encounter: Mapping[str, tuple[BiometricReference, ...]]

    def in_gallery(self, gallery_id: str, *, without: str | None = None) -> tuple[BiometricReference, ...]:
        """Return those in a gallery, of all encounters but one."""
        return tuple(
            reference
            for one in self.person.encounters
            if gallery_id in one.encounter.galleries and one.encounter_id != without
            for reference in self.by_encounter.get(one.encounter_id, ())
        )

    @property
    def galleries(self) -> frozenset[str]:
        """Where the person can be found."""
        return frozenset(
            gallery_id
            for one in self.person.encounters
            if one.encounter_id in self.by_encounter
            for gallery_id in one.encounter.galleries
        )

    def own_records(self) -> OwnRecords | None:
        """Return what somebody who comes under this label must be like; None when nothing is recorded.

        Pending encounters count: else whoever waits for a verdict could become somebody else before it.
        """
        if not self.by_encounter:
            return None
        rejected = {
            one.encounter_id for one in self.person.encounters if one.encounter.status is EncounterStatus.REJECTED
        }
        return OwnRecords(
            subject_id=self.person.subject.subject_id,
            templates=tuple(
                reference.template
                for encounter_id, references in self.by_encounter.items()
                if encounter_id not in rejected
                for reference in references
            ),
            by_gallery={
                gallery_id: tuple(reference.template for reference in self.in_gallery(gallery_id))
                for gallery_id in self.galleries
            },
            rejected=bool(rejected),
        )


def find_person(record: Reader, label: str) -> KnownPerson | None:
    """Return who has a label, or whom that one became by merges; None when nobody ever had it."""
    subject = record.subject_by_label(label)
    return None if subject is None else person_of(record, subject)


def person_of(record: Reader, subject: Subject) -> KnownPerson:
    """Return a subject with its encounters."""
    documents = record.documents.of_subject(subject.subject_id)
    return KnownPerson(
        subject=subject,
        encounters=tuple(
            KnownEncounter(encounter=one, document=documents.get(one.encounter_id))
            for one in record.encounters(subject.subject_id)
            if one.status is not EncounterStatus.RETIRED
        ),
    )


def require_person(record: Reader, label: str) -> KnownPerson:
    """Return who has a label, with at least one encounter.

    Raises
    ------
    RecordNotFoundError
        When nobody has it, or they were merged into another, or all their encounters are retired.
    """
    person = find_person(record, label)
    if person is None or person.subject.label != label or not person.encounters:
        raise RecordNotFoundError("nobody is recorded under this identifier", source=label)
    return person


def held_references(record: Reader, person: KnownPerson) -> HeldReferences:
    """Return the references of a person."""
    named = [one.encounter_id for one in person.encounters]
    return HeldReferences(person=person, by_encounter=record.encounter_references(named))
