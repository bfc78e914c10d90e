"""What may happen in a registry, as a plain sequential model that replays the audit trail and explains every answer.

The trail is in the order of the commits. The model knows which person each enrollment shows, and so whom a search must
find at any moment: of two enrollments of one person only the first may be unique, whatever else goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from biometrics.records import AuditEvent, EncounterStatus, SubjectStatus
from registry.store import Registry

Note = Mapping[str, Any]


@dataclass(slots=True)
class Union:
    """A merge."""

    source: str
    into: str
    came: list[str]
    stands: bool = True


@dataclass(slots=True)
class Model:
    """The registry as it must be after the events replayed so far; `faults` names what cannot be."""

    persons: Mapping[str, int]
    owner: dict[str, str] = field(default_factory=dict)
    status: dict[str, EncounterStatus] = field(default_factory=dict)
    shown: dict[str, int] = field(default_factory=dict)
    merged: dict[str, str] = field(default_factory=dict)
    unions: dict[str, Union] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    moves: dict[str, list[str]] = field(default_factory=dict)
    rivals: dict[str, frozenset[str]] = field(default_factory=dict)
    changes: int = 0
    faults: list[str] = field(default_factory=list)

    def replay(self, event: AuditEvent) -> None:
        """Apply one event, noting a fault where it should not have been possible."""
        act = _ACTS.get(event.action)
        if act is not None:
            act(self, str(event.subject_id), event.details)

    def holders(self, person: int) -> frozenset[str]:
        """Return the subjects that a search for a person must find."""
        return frozenset(
            self.owner[name]
            for name, shown in self.shown.items()
            if shown == person and self.status[name] is not EncounterStatus.RETIRED
        )

    def may(self, deed: str, asked: Note) -> bool:
        """Return whether a deed would be right now."""
        if deed == "merge":
            source, into = asked["source"], asked["into"]
            return source != into and source not in self.merged and into not in self.merged
        if deed == "unmerge":
            union = self.unions.get(asked["merge"])
            return (
                union is not None
                and union.stands
                and union.into not in self.merged
                and all(self.owner[name] == union.into for name in union.came)
            )
        if deed == "retire":
            return self.status.get(asked["encounter"]) not in (None, EncounterStatus.RETIRED)
        if deed == "move":
            owner = self.owner.get(asked["encounter"])
            return owner is not None and owner != asked["into"] and asked["into"] not in self.merged
        if deed == "correct":
            return asked["subject"] not in self.merged and self.versions.get(asked["subject"], 0) == asked["expected"]
        return True

    def _require(self, right: bool, fault: str) -> None:
        if not right:
            self.faults.append(fault)

    def _count(self, details: Note) -> None:
        self.changes += 1
        self._require(details["change"] == self.changes, f"change {self.changes} is numbered {details['change']}")

    def _added(self, subject: str, details: Note) -> None:
        name, person = details["encounter_id"], self.persons[subject]
        self._count(details)
        self.rivals[subject] = self.holders(person)
        unique = details["status"] == EncounterStatus.ACTIVE.value
        if unique and self.rivals[subject]:
            self.faults.append(f"{subject} is unique, and so is {min(self.rivals[subject])}, the same person")
        self._require(unique or bool(self.rivals[subject]), f"{subject} is a duplicate of nobody")
        self.owner[name], self.shown[name] = subject, person
        self.status[name] = EncounterStatus(details["status"])

    def _retired(self, subject: str, details: Note) -> None:
        self._count(details)
        self._require(self.may("retire", {"encounter": details["encounter_id"]}), "an encounter was retired twice")
        self.status[details["encounter_id"]] = EncounterStatus.RETIRED

    def _moved(self, subject: str, details: Note) -> None:
        self._count(details)
        name = details["encounter_id"]
        self._require(self.owner[name] == details["from_subject_id"], f"{name} moved from where it was not")
        if "merge_id" in details:
            self.moves.setdefault(details["merge_id"], []).append(name)
        else:
            self._require(self.may("move", {"encounter": name, "into": subject}), f"{name} moved where it could not")
        self.owner[name] = subject

    def _merged(self, subject: str, details: Note) -> None:
        into, came = details["into_id"], self.moves.pop(details["merge_id"], [])
        self._require(self.may("merge", {"source": subject, "into": into}), f"{subject} could not be merged")
        self._require(came == details["encounters"], f"{subject} was merged without all that the trail tells of")
        self._require(subject not in self.owner.values(), f"{subject} was merged and kept encounters")
        self.merged[subject] = into
        self.unions[details["merge_id"]] = Union(subject, into, came)

    def _unmerged(self, subject: str, details: Note) -> None:
        union, back = self.unions[details["merge_id"]], self.moves.pop(details["merge_id"], [])
        right = union.stands and union.into not in self.merged and union.source == subject
        self._require(right, f"the merge {details['merge_id']} could not be undone")
        self._require(back == union.came, f"the merge {details['merge_id']} gave back other encounters than came")
        union.stands = False
        del self.merged[subject]

    def _stated(self, subject: str, details: Note) -> None:
        self._require(subject not in self.merged, f"{subject} was corrected although merged")
        self.versions[subject] = self.versions.get(subject, 0) + 1
        self._require(details["version"] == self.versions[subject], f"a version of {subject} is missing")


_ACTS: dict[str, Callable[[Model, str, Note], None]] = {
    "encounter.added": Model._added,
    "encounter.retired": Model._retired,
    "encounter.moved": Model._moved,
    "subject.merged": Model._merged,
    "subject.unmerged": Model._unmerged,
    "person.recorded": Model._stated,
    "person.corrected": Model._stated,
}


def explain(registry: Registry, notes: list[Note]) -> list[str]:
    """Return what no order of the deeds explains: in the trail, in the answers, in what the registry holds now."""
    by_label = {note["label"]: note["person"] for note in notes if note["deed"] == "enroll"}
    persons = {one.subject_id: by_label[one.label] for one in registry.subjects()}
    model = Model(persons=persons)
    refused = {number: note for number, note in enumerate(notes) if "refused" in note}
    searches: dict[int, list[Note]] = {}
    for note in notes:
        if note["deed"] == "search" and "found" in note:
            searches.setdefault(note["generation"], []).append(note)
    for event in registry.events():
        model.replay(event)
        # A refusal is explained by any moment between asking and answer at which the deed was wrong.
        for number in [name for name, note in refused.items() if note["after"] <= event.sequence <= note["before"]]:
            if not model.may(refused[number]["deed"], refused[number]):
                del refused[number]
        for note in searches.pop(model.changes, ()) if _is_whole(event) else ():
            if set(note["found"]) != model.holders(note["person"]):
                model.faults.append(f"a search at change {model.changes} found others than were there")
    model.faults += [f"{note['deed']} was refused without a cause" for note in refused.values()]
    model.faults += [f"{note['deed']} failed: {note['failed']}" for note in notes if "failed" in note]
    model.faults += [f"no event of generation {generation}" for generation in searches if generation]
    return [*model.faults, *_lost(model, notes), *_differences(model, registry)]


def _is_whole(event: AuditEvent) -> bool:
    """Tell whether the change an event tells of, if any, has taken place with it."""
    return event.action in ("encounter.added", "encounter.retired", "encounter.moved")


def _lost(model: Model, notes: list[Note]) -> Iterator[str]:
    """Find what was acknowledged and is not so, and what is so although nobody was told."""
    answered = [note for note in notes if "refused" not in note and "failed" not in note]
    for note in answered:
        if note["deed"] == "enroll":
            rivals = model.rivals.get(note["subject"])
            if rivals is None or note["unique"] != (not rivals) or not (note["unique"] or note["of"] in rivals):
                yield f"{note['subject']} was told another outcome than the trail explains"
    told = {
        "merge": sorted(note["merge"] for note in answered if note["deed"] == "merge"),
        "unmerge": sorted(note["merge"] for note in answered if note["deed"] == "unmerge"),
        "retire": sorted(note["encounter"] for note in answered if note["deed"] == "retire"),
        "enroll": sorted(note["subject"] for note in answered if note["deed"] == "enroll"),
        "correct": sorted((note["subject"], note["version"]) for note in answered if note["deed"] == "correct"),
    }
    done = {
        "merge": sorted(model.unions),
        "unmerge": sorted(name for name, union in model.unions.items() if not union.stands),
        "retire": sorted(name for name, status in model.status.items() if status is EncounterStatus.RETIRED),
        "enroll": sorted(model.rivals),
        "correct": sorted((one, number + 1) for one, count in model.versions.items() for number in range(count)),
    }
    yield from (f"{deed}: what was answered is not what was done" for deed in told if told[deed] != done[deed])


def _differences(model: Model, registry: Registry) -> Iterator[str]:
    """Find where the registry holds something else than the model."""
    for subject in registry.subjects():
        held = {one.encounter_id: one.status for one in registry.encounters(subject.subject_id)}
        if held != {name: model.status[name] for name, owner in model.owner.items() if owner == subject.subject_id}:
            yield f"{subject.subject_id} holds other encounters than it should"
        if subject.merged_into != model.merged.get(subject.subject_id):
            yield f"{subject.subject_id} is merged otherwise than it should be"
        if (subject.status is SubjectStatus.MERGED) != (subject.subject_id in model.merged):
            yield f"{subject.subject_id} has another status than it should"
    yield from (f"{fault.source}: {fault.message}" for fault in registry.check() if fault.severe)
