"""Operations that make two subjects one person and undo it; they name subjects as `kura person` does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from biometrics.errors import CaseForbiddenError, RecordNotFoundError
from biometrics.records import Actor, Subject
from enrollment.operations.operation import Operation
from registry.merging import Merge
from registry.reading import Reader
from registry.store import Registry

APPROVED = "merging.approved"
"""The event that names the second person, beside the one of the merge or move itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MergePersons:
    """Asks to make `person` the same as `into`, which another person than who asks has approved."""

    person: str
    into: str
    reason: str
    approver: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmergePersons:
    """Asks to undo a merge, named itself or by the person who was merged."""

    merge: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveEncounter:
    """Asks to file one encounter under another person, which another person than who asks has approved."""

    encounter_id: str
    into: str
    reason: str
    approver: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """A merge as it stands now, and the two subjects."""

    merge: Merge
    source: Subject
    into: Subject


def merge(registry: Registry, actor: Actor, asked: MergePersons) -> Merged:
    """Record that a person is another one."""
    approver = second_person(actor, asked.approver)
    with registry.writing(actor) as writer:
        source_id, into_id = writer.people.find(asked.person), writer.people.find(asked.into)
        merge_id = writer.merges.merge(source_id, into_id, reason=asked.reason)
        writer.append_event(APPROVED, source_id, {"merge_id": merge_id, "approver": approver})
        return _merged(writer, merge_id)


def unmerge(registry: Registry, actor: Actor, asked: UnmergePersons) -> Merged:
    """Undo a merge."""
    with registry.writing(actor) as writer:
        merge_id = _find_merge(writer, asked.merge)
        writer.merges.unmerge(merge_id, reason=asked.reason)
        return _merged(writer, merge_id)


def move(registry: Registry, actor: Actor, asked: MoveEncounter) -> Subject:
    """File an encounter under another person, and return that one."""
    approver = second_person(actor, asked.approver)
    with registry.writing(actor) as writer:
        into_id = writer.people.find(asked.into)
        writer.merges.move_encounter(asked.encounter_id, into_id, reason=asked.reason)
        writer.append_event(APPROVED, into_id, {"encounter_id": asked.encounter_id, "approver": approver})
        return writer.subject(into_id)


def second_person(actor: Actor, approver: str) -> str:
    """Return who approved: what takes an identity from somebody is never one person's doing.

    Raises
    ------
    CaseForbiddenError
        When that is who asks.
    RecordError
        When the name cannot be recorded.
    """
    name = Actor(name=approver).name
    if name.casefold() == actor.name.casefold():
        raise CaseForbiddenError(
            "whoever approves this must be another person than who does it",
            source=name,
            remedy="name who else looked at it with --approver",
        )
    return name


def _find_merge(record: Reader, named: str) -> str:
    """Return the merge of this identifier, or the one by which the person of this name is another one."""
    try:
        return record.merges.find(named).merge_id
    except RecordNotFoundError:
        pass
    try:
        subject_id = record.people.find(named)
    except RecordNotFoundError as error:
        remedy = "give the identifier that kura person merge printed, or the person as it was named there"
        raise RecordNotFoundError("no merge and no person is named so", source=named, remedy=remedy) from error
    return record.merges.standing(subject_id).merge_id


def _merged(record: Reader, merge_id: str) -> Merged:
    found = record.merges.find(merge_id)
    return Merged(merge=found, source=record.subject(found.source_id), into=record.subject(found.into_id))


MERGE = Operation("person.merge", merge)
UNMERGE = Operation("person.unmerge", unmerge)
MOVE = Operation("person.move", move)

MERGES: tuple[Operation[Any, Any], ...] = (MERGE, UNMERGE, MOVE)
