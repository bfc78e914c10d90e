"""Operations on what is recorded about persons; all name the person by identifier, label, number or receipt."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from biometrics.errors import RecordNotFoundError
from biometrics.people.evidence import Evidence
from biometrics.people.exceptions import CaptureException
from biometrics.people.history import PersonFile
from biometrics.people.identifiers import PersonNumber
from biometrics.people.life import Guardian, LifeEvent
from biometrics.people.record import PersonRecord
from biometrics.records import Actor, Encounter, EncounterStatus, Subject
from enrollment.operations.operation import Operation
from registry.access import PERSON_READ
from registry.merging import Merge
from registry.people_versions import FIRST_REASON
from registry.reading import Reader
from registry.store import Registry
from registry.writing import Writer


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowPerson:
    """Asks for everything about a person but pictures and templates."""

    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPerson:
    """Everything about a person; `survivor` is another subject where this one was merged."""

    subject: Subject
    survivor: str
    file: PersonFile
    encounters: tuple[Encounter, ...]
    cases: tuple[str, ...]
    merges: tuple[Merge, ...]


def show(registry: Registry, actor: Actor, asked: ShowPerson) -> ShownPerson:
    """Return everything about a person, and let the audit trail say who asked."""

    def read(record: Reader) -> ShownPerson:
        subject_id = record.people.find(asked.person)
        return ShownPerson(
            subject=record.subject(subject_id),
            survivor=record.merges.survivor(subject_id),
            file=record.people.file(subject_id),
            encounters=record.encounters(subject_id),
            cases=record.people.cases(subject_id),
            merges=record.merges.about(subject_id),
        )

    return registry.consult(actor, PERSON_READ, lambda shown: [shown.subject.subject_id], read)


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectPerson:
    """Asks for a new version of what a person states; `expected_version` is 0 where nothing is recorded yet."""

    person: str
    record: PersonRecord
    expected_version: int
    reason: str


def correct(registry: Registry, actor: Actor, asked: CorrectPerson) -> int:
    """Record a correction, or the first statement, and return its version."""
    with registry.writing(actor) as writer:
        people = writer.people
        subject_id = people.find(asked.person)
        if asked.expected_version == 0:
            return people.record(subject_id, asked.record, reason=asked.reason or FIRST_REASON)
        return people.correct(subject_id, asked.record, expected_version=asked.expected_version, reason=asked.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveNumber:
    """Asks to record a number, where said in place of another."""

    person: str
    number: PersonNumber
    reason: str
    replaces: str | None = None


def give_number(registry: Registry, actor: Actor, asked: GiveNumber) -> str:
    """Record a number and return its identifier."""
    with registry.writing(actor) as writer:
        people = writer.people
        return people.give_number(people.find(asked.person), asked.number, reason=asked.reason, replaces=asked.replaces)


@dataclass(frozen=True, slots=True, kw_only=True)
class EndEntry:
    """Asks to end a number, a guardian or a life event, named by its identifier."""

    person: str
    entry_id: str
    reason: str


def end_number(registry: Registry, actor: Actor, asked: EndEntry) -> str:
    """End a number and return its identifier."""
    with registry.writing(actor) as writer:
        writer.people.end_number(writer.people.find(asked.person), asked.entry_id, reason=asked.reason)
    return asked.entry_id


@dataclass(frozen=True, slots=True, kw_only=True)
class AddEvidence:
    """Asks to record a paper with its scan, where said in place of another."""

    person: str
    paper: Evidence
    encounter_id: str | None = None
    replaces: str | None = None
    scan: bytes | None = None


def add_evidence(registry: Registry, actor: Actor, asked: AddEvidence) -> str:
    """Keep the scan, record the paper and return its identifier."""
    _keep(registry, asked.scan)
    with registry.writing(actor) as writer:
        subject_id = writer.people.find(asked.person)
        return writer.people.add_evidence(
            subject_id, asked.paper, encounter_id=asked.encounter_id, replaces=asked.replaces
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantExceptions:
    """Asks to record exceptions in an encounter, by default the newest, with the photo that shows them."""

    person: str
    exceptions: tuple[CaptureException, ...]
    encounter_id: str | None = None
    photo: bytes | None = None


def grant_exceptions(registry: Registry, actor: Actor, asked: GrantExceptions) -> str:
    """Keep the photo, record the exceptions and return the encounter."""
    _keep(registry, asked.photo)
    with registry.writing(actor) as writer:
        encounter_id = asked.encounter_id or _newest_encounter(writer, asked.person)
        writer.people.grant_exceptions(encounter_id, asked.exceptions)
    return encounter_id


@dataclass(frozen=True, slots=True, kw_only=True)
class AddGuardian:
    """Asks to record who speaks for a person; a guardian who is a subject may be named as any person may."""

    person: str
    guardian: Guardian
    reason: str


def add_guardian(registry: Registry, actor: Actor, asked: AddGuardian) -> str:
    """Record a guardian and return the identifier."""
    with registry.writing(actor) as writer:
        people, guardian = writer.people, asked.guardian
        if guardian.subject_id is not None:
            guardian = replace(guardian, subject_id=people.find(guardian.subject_id))
        return people.add_guardian(people.find(asked.person), guardian, reason=asked.reason)


def end_guardian(registry: Registry, actor: Actor, asked: EndEntry) -> str:
    """End a guardian and return the identifier."""
    with registry.writing(actor) as writer:
        writer.people.end_guardian(writer.people.find(asked.person), asked.entry_id, reason=asked.reason)
    return asked.entry_id


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordLifeEvent:
    """Asks to record a death, or that a record is out of use or in use again."""

    person: str
    happened: LifeEvent
    reason: str


def record_life_event(registry: Registry, actor: Actor, asked: RecordLifeEvent) -> str:
    """Record a life event and return its identifier."""
    with registry.writing(actor) as writer:
        return writer.people.record_life_event(writer.people.find(asked.person), asked.happened, reason=asked.reason)


def annul_life_event(registry: Registry, actor: Actor, asked: EndEntry) -> str:
    """Annul a life event and return its identifier."""
    with registry.writing(actor) as writer:
        writer.people.annul_life_event(writer.people.find(asked.person), asked.entry_id, reason=asked.reason)
    return asked.entry_id


def _keep(registry: Registry, data: bytes | None) -> None:
    if data is not None:
        registry.keep_sample(data)


def _newest_encounter(writer: Writer, person: str) -> str:
    subject_id = writer.people.find(person)
    kept = [one for one in writer.encounters(subject_id) if one.status is not EncounterStatus.RETIRED]
    if not kept:
        raise RecordNotFoundError("this person has no encounter that could have exceptions", source=subject_id)
    return kept[-1].encounter_id


SHOW_PERSON = Operation("person.show", show)
CORRECT_PERSON = Operation("person.correct", correct)
GIVE_NUMBER = Operation("number.give", give_number)
END_NUMBER = Operation("number.end", end_number)
ADD_EVIDENCE = Operation("evidence.add", add_evidence)
GRANT_EXCEPTIONS = Operation("exceptions.grant", grant_exceptions)
ADD_GUARDIAN = Operation("guardian.add", add_guardian)
END_GUARDIAN = Operation("guardian.end", end_guardian)
RECORD_LIFE_EVENT = Operation("life_event.record", record_life_event)
ANNUL_LIFE_EVENT = Operation("life_event.annul", annul_life_event)

PEOPLE: tuple[Operation[Any, Any], ...] = (
    SHOW_PERSON,
    CORRECT_PERSON,
    GIVE_NUMBER,
    END_NUMBER,
    ADD_EVIDENCE,
    GRANT_EXCEPTIONS,
    ADD_GUARDIAN,
    END_GUARDIAN,
    RECORD_LIFE_EVENT,
    ANNUL_LIFE_EVENT,
)
"""All of them, for the table of operations."""
