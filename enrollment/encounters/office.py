"""Where encounters with names are decided and recorded, in any galleries of a registry, of whoever comes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TypeVar

from biometrics.decisions import DecisionPolicy, NotEnrolled
from biometrics.errors import RecordBusyError, RecordConflictError, RecordError, RecordNotFoundError
from biometrics.people.exceptions import unexplained
from biometrics.records import Actor
from biometrics.templates import Probe
from enrollment.encounters.changing import (
    OutdatedError,
    Relocation,
    Replacement,
    needs_search,
    new_galleries,
    require_replaceable,
)
from enrollment.encounters.drafts import EncounterDraft, Placement, RecordedEncounter
from enrollment.encounters.known import find_person, require_person
from enrollment.encounters.repeated import find_repeated
from enrollment.encounters.writing import NewEncounter, require_recordable
from enrollment.recording import GalleryDesk, Recorder
from enrollment.searched import SearchedPerson, search_person, turn_away
from registry.store import Registry

Answer = TypeVar("Answer")

MOST_GALLERIES = 32
"""Of one encounter; each is a search of its own."""

_TRIES = 5


class EncounterOffice:
    """Decides and records encounters for everybody who shares a registry; any number of threads may ask at once.

    Parameters
    ----------
    registry
        The registry.
    policy
        What decisions follow.
    recorder
        Shares its sections with all other enrollments of the registry.
    desk
        Where a gallery is searched.
    """

    def __init__(
        self, registry: Registry, policy: DecisionPolicy, recorder: Recorder, desk: Callable[[str], GalleryDesk]
    ) -> None:
        self._registry = registry
        self._policy = policy
        self._recorder = recorder
        self._desk = desk

    def record(self, draft: EncounterDraft, actor: Actor) -> RecordedEncounter | NotEnrolled:
        """Record a new encounter, as `EnrollmentService.record_encounter` says."""
        with self._registry.reading() as record:
            earlier = find_repeated(record, draft.request)
            if earlier is None:
                require_recordable(draft, find_person(record, draft.prepared.label))
        if earlier is not None:
            return earlier
        self._require_galleries(draft.galleries, draft.new_galleries, actor)
        if draft.prepared.samples and not draft.prepared.templates:
            return turn_away(self._registry, draft.prepared, draft.galleries, actor)
        require_explained(draft)
        searched = self._search(draft, draft.galleries, actor)
        return self._recorder.record(NewEncounter(draft=draft, actor=actor, policy=self._policy, searched=searched))

    def replace(self, draft: EncounterDraft, actor: Actor) -> RecordedEncounter | NotEnrolled:
        """Replace an encounter, as `EnrollmentService.replace_encounter` says."""
        return _until_it_holds(lambda: self._replace(draft, actor))

    def place(self, asked: Placement, actor: Actor) -> RecordedEncounter:
        """Put an encounter into galleries, as `EnrollmentService.place_encounter` says."""
        return _until_it_holds(lambda: self._place(asked, actor))

    def _replace(self, draft: EncounterDraft, actor: Actor) -> RecordedEncounter | NotEnrolled:
        with self._registry.reading() as record:
            earlier = find_repeated(record, draft.request)
            if earlier is not None:
                return earlier
            known = require_replaceable(draft, require_person(record, draft.prepared.label))
        self._require_galleries(draft.galleries, draft.new_galleries, actor)
        if draft.prepared.samples and not draft.prepared.templates:
            return turn_away(self._registry, draft.prepared, draft.galleries, actor)
        require_explained(draft)
        searched = self._search(draft, draft.galleries, actor) if needs_search(draft, known) else None
        return self._recorder.record(Replacement(draft=draft, actor=actor, policy=self._policy, searched=searched))

    def _place(self, asked: Placement, actor: Actor) -> RecordedEncounter:
        with self._registry.reading() as record:
            person = require_person(record, asked.person)
            known = person.named(asked.name)
            templates = person.templates(record, (known,))
        self._require_galleries(asked.galleries, asked.new_galleries, actor)
        come = new_galleries(asked.galleries, known) if templates else ()
        searches = tuple(self._desk(gallery_id).search(Probe(templates=templates)) for gallery_id in come)
        return self._recorder.record(
            Relocation(asked=asked, actor=actor, searched_id=known.encounter_id, searches=searches)
        )

    def _search(self, draft: EncounterDraft, galleries: Sequence[str], actor: Actor) -> SearchedPerson | None:
        if not draft.prepared.templates:
            return None
        return search_person(draft.prepared, [self._desk(gallery_id) for gallery_id in galleries], actor)

    def _require_galleries(self, named: Sequence[str], purpose: str | None, actor: Actor) -> None:
        """Refuse galleries that do not exist, or create them where a purpose is given."""
        if not 0 < len(named) <= MOST_GALLERIES or len(set(named)) < len(named):
            remedy = f"name up to {MOST_GALLERIES} galleries, each once"
            raise RecordError("an encounter belongs to at least one gallery", remedy=remedy)
        with self._registry.reading() as record:
            unknown = sorted(set(named) - set(record.galleries.names()))
        if unknown and purpose is None:
            raise RecordNotFoundError(
                "there is no such gallery", source=unknown[0], remedy="see kura registry galleries"
            )
        for gallery_id in unknown:
            with suppress(RecordConflictError), self._registry.writing(actor) as writer:  # others may be quicker
                writer.galleries.create(gallery_id, str(purpose))


def require_explained(draft: EncounterDraft) -> None:
    """Refuse an encounter without biometrics unless exceptions excuse all ten fingers and the face.

    Raises
    ------
    RecordError
        When they do not.
    """
    excepted = {position for one in draft.exceptions for position in one.positions}
    lacking = () if draft.prepared.samples else unexplained(excepted)
    if lacking:
        names = " and ".join(modality.value for modality in lacking)
        raise RecordError(
            f"an encounter has no biometrics, and nothing explains that of {names}",
            remedy="give samples, or say for every position why there is none",
        )


def _until_it_holds(work: Callable[[], Answer]) -> Answer:
    """Do work again while others change what it rests on."""
    for _ in range(_TRIES):
        with suppress(OutdatedError):
            return work()
    raise RecordBusyError("others keep changing this encounter", remedy="repeat in a moment; nothing was recorded")
