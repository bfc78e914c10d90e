"""Operations on persons' encounters by the names that clients have for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from biometrics.errors import RecordConflictError, RecordNotFoundError
from biometrics.positions import Position
from biometrics.quality import QualityScore
from biometrics.records import QUALITY_NOT_RECORDED, Actor, EncounterStatus, StoredSample
from biometrics.templates import Template
from enrollment.encounters.changing import require_not_rejected
from enrollment.encounters.known import KnownEncounter, KnownPerson, find_person, require_person
from enrollment.operations.operation import Operation
from registry.access import PERSON_READ, PERSONS_LISTED, SAMPLES_READ, TEMPLATES_READ
from registry.audit import ENCOUNTER_MOVED
from registry.documents import EncounterDocument
from registry.reading import Reader
from registry.store import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadEncounters:
    """Asks for a person's encounters that are not retired, or the one of a name, where said with the files."""

    person: str
    name: str | None = None
    with_files: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSample:
    """A sample of an encounter; `data` is its file, where it was asked for."""

    sha256: str
    position: Position
    ppi: float | None
    captured_at: datetime
    quality: QualityScore
    simulated: bool
    data: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptEncounter:
    """An encounter as its client may see it; one that was enrolled by a command has an empty document.

    `case_id` is the case that asks whether the encounter may count, open or decided.
    """

    name: str
    encounter_id: str
    subject_id: str
    status: EncounterStatus
    in_use: bool
    galleries: tuple[str, ...]
    document: str
    created_at: datetime
    updated_at: datetime
    samples: tuple[KeptSample, ...]
    case_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadTemplates:
    """Asks for the templates of one encounter."""

    person: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptTemplate:
    """One template, and the model that made it."""

    position: Position
    template: Template
    quality: QualityScore
    model_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RetireEncounters:
    """Asks to take a person's encounter of a name out of use, or all of them."""

    person: str
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetInUse:
    """Asks that an encounter may identify its person, or may not."""

    person: str
    name: str
    in_use: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MergePersonsOf:
    """Asks to make the person `source` the same as `target`, with all encounters under their names."""

    target: str
    source: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveNamed:
    """Asks to file the encounter of a name under `target` instead of `source`."""

    target: str
    source: str
    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """Asks whether all of the person `source`, or their encounter of a name, is the person `target`'s by now."""

    target: str
    source: str
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """Asks whether the encounter of a name was retired as this person's and none has the name, or so for all."""

    person: str
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GalleryContent:
    """Asks which encounters are in any of some galleries, `limit` of them behind the first `offset`."""

    galleries: tuple[str, ...]
    offset: int
    limit: int


def _read(registry: Registry, actor: Actor, asked: ReadEncounters) -> tuple[KeptEncounter, ...]:
    def read(record: Reader) -> tuple[str, tuple[KeptEncounter, ...]]:
        person = require_person(record, asked.person)
        chosen = person.encounters if asked.name is None else (person.named(asked.name),)
        return person.subject.subject_id, tuple(_kept(record, person, one) for one in chosen)

    action = SAMPLES_READ if asked.with_files else PERSON_READ
    _, kept = registry.consult(actor, action, lambda answer: [answer[0]], read)
    return tuple(_with_files(registry, one) for one in kept) if asked.with_files else kept


def _templates(registry: Registry, actor: Actor, asked: ReadTemplates) -> tuple[KeptTemplate, ...]:
    def read(record: Reader) -> tuple[str, tuple[KeptTemplate, ...]]:
        person = require_person(record, asked.person)
        known = person.named(asked.name)
        quality = {sample.sha256: sample.quality for sample in known.encounter.samples}
        held = record.encounter_references([known.encounter_id]).get(known.encounter_id, ())
        return person.subject.subject_id, tuple(
            KeptTemplate(
                position=one.template.position,
                template=one.template,
                quality=quality.get(one.sample_sha256 or "", QUALITY_NOT_RECORDED),
                model_id=one.template.format.model_id,
            )
            for one in held
        )

    _, kept = registry.consult(actor, TEMPLATES_READ, lambda answer: [answer[0]], read)
    return kept


def _retire(registry: Registry, actor: Actor, asked: RetireEncounters) -> tuple[str, ...]:
    with registry.writing(actor) as writer:
        person = require_person(writer, asked.person)
        chosen = person.encounters if asked.name is None else (person.named(asked.name),)
        for one in chosen:
            require_not_rejected(one)
        for one in chosen:
            writer.retire_encounter(one.encounter_id)
        return tuple(one.name for one in chosen)


def _set_in_use(registry: Registry, actor: Actor, asked: SetInUse) -> None:
    with registry.writing(actor) as writer:
        known = require_person(writer, asked.person).named(asked.name)
        if known.document is None:
            writer.documents.add(known.encounter_id, name=known.name, document=known.text, in_use=asked.in_use)
        else:
            writer.documents.update(known.encounter_id, in_use=asked.in_use)


def _merge(registry: Registry, actor: Actor, asked: MergePersonsOf) -> str:
    with registry.writing(actor) as writer:
        target, source = require_person(writer, asked.target), require_person(writer, asked.source)
        _require_distinct(target, {one.name for one in source.encounters})
        return writer.merges.merge(source.subject.subject_id, target.subject.subject_id, reason=asked.reason)


def _move(registry: Registry, actor: Actor, asked: MoveNamed) -> None:
    with registry.writing(actor) as writer:
        target, source = require_person(writer, asked.target), require_person(writer, asked.source)
        moved = source.named(asked.name)
        _require_distinct(target, {moved.name})
        writer.merges.move_encounter(moved.encounter_id, target.subject.subject_id, reason=asked.reason)


def _filed(registry: Registry, actor: Actor, asked: Filed) -> bool:
    """Tell nothing about anybody that whoever filed them does not know."""
    with registry.reading() as record:
        target, source = find_person(record, asked.target), find_person(record, asked.source)
        if target is None or source is None:
            return False
        if asked.name is None:
            return source.subject == target.subject and asked.target != asked.source
        named = {one.encounter_id for one in target.encounters if one.name == asked.name}
        # The target may always have had one of this name.
        return any(
            event.action == ENCOUNTER_MOVED
            and event.details["from_subject_id"] == source.subject.subject_id
            and event.details["encounter_id"] in named
            for event in record.events_about(target.subject.subject_id)
        )


def _gone(registry: Registry, actor: Actor, asked: Gone) -> bool:
    with registry.reading() as record:
        subject = record.subject_by_label(asked.person)
        if subject is None or subject.label != asked.person:
            return False  # nobody, or somebody who is another by now
        documents = record.documents.of_subject(subject.subject_id)
        stand = [
            one.status is EncounterStatus.RETIRED
            for one in record.encounters(subject.subject_id)
            if asked.name in (None, _name(documents, one.encounter_id))
        ]
        return bool(stand) and all(stand)


def _name(documents: Mapping[str, EncounterDocument], encounter_id: str) -> str:
    return documents[encounter_id].name if encounter_id in documents else encounter_id


def _gallery_names(registry: Registry, actor: Actor, asked: None) -> tuple[str, ...]:
    with registry.reading() as record:
        return record.galleries.names()


def _gallery_content(registry: Registry, actor: Actor, asked: GalleryContent) -> tuple[tuple[str, str], ...]:
    def read(record: Reader) -> tuple[tuple[str, str], ...]:
        record.galleries.require(asked.galleries)
        return record.documents.in_gallery(asked.galleries, asked.offset, asked.limit)

    told = {"galleries": sorted(asked.galleries), "offset": asked.offset, "limit": asked.limit}
    return registry.consult(actor, PERSONS_LISTED, (), read, told=told)


def _kept(record: Reader, person: KnownPerson, known: KnownEncounter) -> KeptEncounter:
    encounter = known.encounter
    return KeptEncounter(
        name=known.name,
        encounter_id=known.encounter_id,
        subject_id=person.subject.subject_id,
        status=encounter.status,
        in_use=known.document is None or known.document.in_use,
        galleries=encounter.galleries,
        document=known.text,
        created_at=encounter.recorded_at,
        updated_at=known.updated_at,
        samples=tuple(_sample(one) for one in encounter.samples),
        case_id=_case_id(record, known.encounter_id),
    )


def _sample(stored: StoredSample) -> KeptSample:
    return KeptSample(
        sha256=stored.sha256,
        position=stored.position,
        ppi=stored.ppi,
        captured_at=stored.captured_at,
        quality=stored.quality,
        simulated=stored.simulated,
        data=None,
    )


def _with_files(registry: Registry, kept: KeptEncounter) -> KeptEncounter:
    return replace(kept, samples=tuple(replace(one, data=registry.sample_bytes(one.sha256)) for one in kept.samples))


def _case_id(record: Reader, encounter_id: str) -> str | None:
    try:
        return record.case_of_encounter(encounter_id).case_id
    except RecordNotFoundError:
        return None


def _require_distinct(target: KnownPerson, names: set[str]) -> None:
    """Refuse to bring encounters to a person who has others of the same names."""
    if not names.isdisjoint(one.name for one in target.encounters):
        raise RecordConflictError(
            "the two persons have encounters of the same name",
            source=target.subject.subject_id,
            remedy="replace one of them under another name first",
        )


READ_ENCOUNTERS = Operation("encounters.read", _read)
READ_TEMPLATES = Operation("encounters.templates", _templates)
RETIRE_ENCOUNTERS = Operation("encounters.retire", _retire)
SET_IN_USE = Operation("encounters.set_in_use", _set_in_use)
MERGE_PERSONS_OF = Operation("encounters.merge_persons", _merge)
MOVE_NAMED = Operation("encounters.move", _move)
FILED = Operation("encounters.filed", _filed)
GONE = Operation("encounters.gone", _gone)
GALLERY_NAMES = Operation("gallery.names", _gallery_names)
GALLERY_CONTENT = Operation("gallery.content", _gallery_content)

ENCOUNTERS: tuple[Operation[Any, Any], ...] = (
    READ_ENCOUNTERS,
    READ_TEMPLATES,
    RETIRE_ENCOUNTERS,
    SET_IN_USE,
    MERGE_PERSONS_OF,
    MOVE_NAMED,
    FILED,
    GONE,
    GALLERY_NAMES,
    GALLERY_CONTENT,
)
