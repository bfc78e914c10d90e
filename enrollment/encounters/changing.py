"""Encounters replaced, and put into other galleries, within a section."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from biometrics.decisions import DecisionPolicy
from biometrics.errors import RecordConflictError
from biometrics.records import Actor, EncounterStatus
from enrollment.encounters.drafts import EncounterDraft, Placement, RecordedEncounter
from enrollment.encounters.known import HeldReferences, KnownEncounter, KnownPerson, held_references, require_person
from enrollment.encounters.repeated import find_repeated, recorded
from enrollment.encounters.writing import NewEncounter, arrival, require_same_person
from enrollment.judging import Judgement, judge_searches
from enrollment.questions import decision_evidence, open_question
from enrollment.recording import GallerySearch, RecordingSection
from enrollment.searched import SearchedPerson
from registry.writing import Writer

SEARCHED_AGAIN = "searched_again"
"""The event of an encounter that was searched in galleries that are new to it."""


class OutdatedError(Exception):
    """Others changed the encounter since it was searched: it must be searched as it is now."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Replacement:
    """An encounter on the way into another's place; `searched` is None where nothing needed to be searched."""

    draft: EncounterDraft
    actor: Actor
    policy: DecisionPolicy
    searched: SearchedPerson | None

    @property
    def searches(self) -> tuple[GallerySearch, ...]:
        """What was searched before."""
        return () if self.searched is None else self.searched.searches

    def record(self, section: RecordingSection) -> RecordedEncounter:
        """Replace the encounter, or what is kept with it where the samples are the same."""
        draft, writer = self.draft, section.writer
        earlier = find_repeated(writer, draft.request)
        if earlier is not None:
            return earlier
        person = require_person(writer, draft.prepared.label)
        replaced = require_replaceable(draft, person)
        if self.searched is None and needs_search(draft, replaced):
            raise OutdatedError
        # References that came without samples are not searched by a draft that has none either.
        unseen = not draft.prepared.samples and bool(writer.encounter_references([replaced.encounter_id]))
        if same_samples(draft, replaced) and not unseen:
            return self._change(section, person, replaced)
        new = NewEncounter(draft=draft, actor=self.actor, policy=self.policy, searched=self.searched)
        return new.write(section, person, replaced)

    def _change(self, section: RecordingSection, person: KnownPerson, known: KnownEncounter) -> RecordedEncounter:
        draft, writer = self.draft, section.writer
        keep_document(writer, known, document=draft.document, in_use=draft.in_use)
        if draft.finalizes is not None:
            writer.drafts.finalize(
                draft.finalizes.draft_id,
                expected_version=draft.finalizes.version,
                person=draft.prepared.label,
                encounter_id=known.encounter_id,
            )
        return put(section, person, known, draft.galleries, self.searches)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Relocation:
    """An encounter on the way into other galleries, as it was when it was searched there."""

    asked: Placement
    actor: Actor
    searched_id: str
    searches: tuple[GallerySearch, ...]

    def record(self, section: RecordingSection) -> RecordedEncounter:
        """Let the encounter be in these galleries and no others."""
        writer = section.writer
        person = require_person(writer, self.asked.person)
        known = person.named(self.asked.name)
        searched = {search.desk.gallery_id for search in self.searches}
        lacking = set(new_galleries(self.asked.galleries, known)) - searched
        if known.encounter_id != self.searched_id or (lacking and writer.encounter_references([known.encounter_id])):
            raise OutdatedError
        return put(section, person, known, self.asked.galleries, self.searches)


def require_replaceable(draft: EncounterDraft, person: KnownPerson) -> KnownEncounter:
    """Return which encounter of a person a draft replaces.

    Raises
    ------
    RecordNotFoundError
        When the person has none of this name.
    RecordConflictError
        When it was rejected, or the draft cannot be the person's.
    """
    require_same_person(draft, person)
    replaced = person.named(draft.name)
    require_not_rejected(replaced)
    return replaced


def require_not_rejected(known: KnownEncounter) -> None:
    """Refuse to take away what an examiner rejected: it is what the next attempt of the same person is found by.

    Raises
    ------
    RecordConflictError
        When it was rejected.
    """
    if known.encounter.status is EncounterStatus.REJECTED:
        raise RecordConflictError(
            "an examiner rejected this encounter, so that it stays as it is",
            source=known.encounter_id,
            remedy="let a supervisor reopen its case",
        )


def needs_search(draft: EncounterDraft, replaced: KnownEncounter) -> bool:
    """Return whether a replacement brings anything that was not searched yet."""
    comes_somewhere = not same_samples(draft, replaced) or bool(new_galleries(draft.galleries, replaced))
    return comes_somewhere and bool(draft.prepared.templates)


def same_samples(draft: EncounterDraft, known: KnownEncounter) -> bool:
    """Return whether a draft brings exactly the samples that an encounter has, as what they were captured."""
    brought = {(one.image.sha256, one.sample.position, one.sample.ppi) for one in draft.prepared.samples}
    # The same picture as another finger, or at another resolution, gives other references.
    return brought == {(one.sha256, one.position, one.ppi) for one in known.encounter.samples}


def new_galleries(galleries: Sequence[str], known: KnownEncounter) -> tuple[str, ...]:
    """Return in which of some galleries an encounter is not."""
    return tuple(one for one in galleries if one not in known.encounter.galleries)


def keep_document(
    writer: Writer, known: KnownEncounter, *, document: str | None = None, in_use: bool | None = None
) -> None:
    """Keep what a client says about an encounter, which may have been enrolled by a command."""
    if known.document is not None:
        writer.documents.update(known.encounter_id, document=document, in_use=in_use)
        return
    writer.documents.add(
        known.encounter_id,
        name=known.name,
        document=known.text if document is None else document,
        in_use=True if in_use is None else in_use,
    )


def put(
    section: RecordingSection,
    person: KnownPerson,
    known: KnownEncounter,
    galleries: Sequence[str],
    searches: Sequence[GallerySearch],
) -> RecordedEncounter:
    """Let an encounter be in some galleries and no others; who is found where it was not before is asked about.

    Raises
    ------
    RecordConflictError
        When it was rejected, and would not be found any more where it is.
    """
    writer, encounter = section.writer, known.encounter
    come = new_galleries(galleries, known)
    gone = tuple(one for one in encounter.galleries if one not in galleries)
    if gone:
        require_not_rejected(known)
    held = held_references(writer, person)
    judgement = _judged(section, [one for one in searches if one.desk.gallery_id in come], held)
    for gallery_id in come:
        writer.galleries.put(known.encounter_id, gallery_id)
    for gallery_id in gone:
        writer.galleries.remove(known.encounter_id, gallery_id)
    section.arrive(arrival(person.subject, come, held.by_encounter.get(known.encounter_id, ()), held))
    answer = recorded(writer, known.encounter_id)
    if judgement is None or judgement.unique:
        return answer
    case_id = open_question(writer, encounter, judgement).case_id
    return replace(answer, outcome=judgement.decision.finding, case_id=case_id)


def _judged(section: RecordingSection, searches: Sequence[GallerySearch], held: HeldReferences) -> Judgement | None:
    if not searches:
        return None
    judgement = judge_searches(section, searches, own=held.own_records())
    told = decision_evidence(judgement) | {"galleries": [one.desk.gallery_id for one in searches]}
    section.writer.append_event(SEARCHED_AGAIN, held.person.subject.subject_id, told)
    return judgement
