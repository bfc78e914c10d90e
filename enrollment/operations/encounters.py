"""Operations on persons' encounters by the names that clients have for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from biometrics.positions import Position
from biometrics.quality import QualityScore
from biometrics.records import Actor, EncounterStatus
from biometrics.templates import Template
from enrollment.operations.operation import Operation
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
class GalleryContent:
    """Asks which encounters are in any of some galleries, `limit` of them behind the first `offset`."""

    galleries: tuple[str, ...]
    offset: int
    limit: int


def _read(registry: Registry, actor: Actor, asked: ReadEncounters) -> tuple[KeptEncounter, ...]:
    raise NotImplementedError


def _templates(registry: Registry, actor: Actor, asked: ReadTemplates) -> tuple[KeptTemplate, ...]:
    raise NotImplementedError


def _retire(registry: Registry, actor: Actor, asked: RetireEncounters) -> tuple[str, ...]:
    raise NotImplementedError


def _set_in_use(registry: Registry, actor: Actor, asked: SetInUse) -> None:
    raise NotImplementedError


def _merge(registry: Registry, actor: Actor, asked: MergePersonsOf) -> str:
    raise NotImplementedError


def _move(registry: Registry, actor: Actor, asked: MoveNamed) -> None:
    raise NotImplementedError


def _gallery_names(registry: Registry, actor: Actor, asked: None) -> tuple[str, ...]:
    raise NotImplementedError


def _gallery_content(registry: Registry, actor: Actor, asked: GalleryContent) -> tuple[tuple[str, str], ...]:
    raise NotImplementedError


READ_ENCOUNTERS = Operation("encounters.read", _read)
READ_TEMPLATES = Operation("encounters.templates", _templates)
RETIRE_ENCOUNTERS = Operation("encounters.retire", _retire)
SET_IN_USE = Operation("encounters.set_in_use", _set_in_use)
MERGE_PERSONS_OF = Operation("encounters.merge_persons", _merge)
MOVE_NAMED = Operation("encounters.move", _move)
GALLERY_NAMES = Operation("gallery.names", _gallery_names)
GALLERY_CONTENT = Operation("gallery.content", _gallery_content)

ENCOUNTERS: tuple[Operation[Any, Any], ...] = (
    READ_ENCOUNTERS,
    READ_TEMPLATES,
    RETIRE_ENCOUNTERS,
    SET_IN_USE,
    MERGE_PERSONS_OF,
    MOVE_NAMED,
    GALLERY_NAMES,
    GALLERY_CONTENT,
)
