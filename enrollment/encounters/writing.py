"""Encounters decided and recorded within a section, of persons who are new or known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from biometrics.decisions import DecisionPolicy, Duplicate, NeedsReview
from biometrics.errors import RecordConflictError
from biometrics.records import Actor, Encounter, EncounterStatus, Subject, SubjectStatus
from biometrics.samples import now_utc
from biometrics.templates import BiometricReference
from enrollment.encounters.drafts import EncounterDraft, RecordedEncounter
from enrollment.encounters.known import HeldReferences, KnownEncounter, KnownPerson, find_person, held_references
from enrollment.encounters.repeated import find_repeated
from enrollment.enroll import record_decided
from enrollment.judging import Judgement, judge, judge_unsearched
from enrollment.recording import Arrival, GallerySearch, RecordingSection
from enrollment.searched import SearchedPerson
from registry.identifiers import new_identifier
from registry.writing import Writer


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NewEncounter:
    """An encounter on the way into its galleries; nobody could be searched where `searched` is None."""

    draft: EncounterDraft
    actor: Actor
    policy: DecisionPolicy
    searched: SearchedPerson | None

    @property
    def searches(self) -> tuple[GallerySearch, ...]:
        """What was searched before."""
        return () if self.searched is None else self.searched.searches

    def record(self, section: RecordingSection) -> RecordedEncounter:
        """Decide and record it, unless the same request did."""
        earlier = find_repeated(section.writer, self.draft.request)
        if earlier is not None:
            return earlier
        person = find_person(section.writer, self.draft.prepared.label)
        require_recordable(self.draft, person)
        return self.write(section, person)

    def write(
        self, section: RecordingSection, person: KnownPerson | None, replaced: KnownEncounter | None = None
    ) -> RecordedEncounter:
        """Decide and record it, in the place of another of the person's where one is given."""
        draft, writer = self.draft, section.writer
        held = None if person is None else held_references(writer, person)
        judgement = self._judge(section, held)
        subject = _new_subject(draft) if person is None else person.subject
        references = () if self.searched is None else self.searched.references(subject.subject_id)
        if replaced is not None:
            writer.retire_encounter(replaced.encounter_id)
        encounter = self._encounter(subject)
        outcome = record_decided(writer, subject, encounter, references, judgement)
        name = draft.name or encounter.encounter_id
        writer.documents.add(
            encounter.encounter_id, name=name, document=draft.document, in_use=draft.in_use, request=draft.request
        )
        self._record_statements(writer, encounter, new=person is None or not person.encounters, judgement=judgement)
        section.arrive(arrival(subject, draft.galleries, references, held, gone=replaced))
        case_id = outcome.case_id if isinstance(outcome, Duplicate | NeedsReview) else None
        return RecordedEncounter(
            person=subject.label,
            subject_id=subject.subject_id,
            encounter_id=encounter.encounter_id,
            name=name,
            outcome=judgement.decision.finding,
            case_id=case_id,
        )

    def _judge(self, section: RecordingSection, held: HeldReferences | None) -> Judgement:
        if self.searched is None:
            return judge_unsearched(self.policy, self.draft.galleries)
        return judge(section, self.searched, None if held is None else held.own_records())

    def _encounter(self, subject: Subject) -> Encounter:
        return Encounter(
            encounter_id=self.draft.encounter_id or new_identifier(),
            subject_id=subject.subject_id,
            status=EncounterStatus.PENDING,
            recorded_at=now_utc(),
            policy_version=self.policy.version,
            samples=() if self.searched is None else self.searched.samples,
            context=self.draft.prepared.context,
            galleries=self.draft.galleries,
        )

    def _record_statements(self, writer: Writer, encounter: Encounter, *, new: bool, judgement: Judgement) -> None:
        draft = self.draft
        if draft.prepared.notice is not None:
            writer.rights.give_notice(encounter.encounter_id, draft.prepared.notice)
        if draft.exceptions:
            writer.people.grant_exceptions(encounter.encounter_id, draft.exceptions)
        # Whoever is doubtful under a known label states nothing about the person who has it.
        trusted = new or judgement.unique
        if draft.record is not None and trusted and writer.people.current(encounter.subject_id) is None:
            writer.people.record(encounter.subject_id, draft.record)
        if draft.finalizes is not None:
            writer.drafts.finalize(
                draft.finalizes.draft_id,
                expected_version=draft.finalizes.version,
                person=draft.prepared.label,
                encounter_id=encounter.encounter_id,
            )


def require_recordable(draft: EncounterDraft, person: KnownPerson | None) -> None:
    """Refuse what can be seen without a search to be in somebody's way.

    Raises
    ------
    RecordConflictError
        When the person was merged into another, is dead or gone, is known although a new one is asked for, is of
        another kind (simulated or not), or has an encounter of this name.
    """
    if person is None:
        return
    require_same_person(draft, person)
    if draft.new_person and person.encounters:
        raise RecordConflictError(
            "somebody is recorded under this identifier already",
            source=person.subject.subject_id,
            remedy="use another identifier, or add an encounter to the person",
        )
    if draft.name is not None and draft.name in {one.name for one in person.encounters}:
        raise RecordConflictError(
            "the person has an encounter of this name already",
            source=person.subject.subject_id,
            remedy="give it another name, or replace the earlier encounter",
        )


def require_same_person(draft: EncounterDraft, person: KnownPerson) -> None:
    """Refuse an encounter of somebody who is another person by now, dead or gone, or of another kind.

    Raises
    ------
    RecordConflictError
        Saying which.
    """
    subject, prepared = person.subject, draft.prepared
    if subject.label != prepared.label:
        raise RecordConflictError(
            "the person of this identifier was merged into another",
            source=subject.subject_id,
            remedy="add the encounter to the person that they became",
        )
    other_kind = bool(prepared.samples) and subject.simulated != prepared.simulated
    if other_kind or subject.status not in (SubjectStatus.ACTIVE, SubjectStatus.INACTIVE):
        raise RecordConflictError(
            f"the recorded person is {subject.status.value}, and {'' if subject.simulated else 'not '}simulated",
            source=subject.subject_id,
            remedy="compare the person with the record, and correct what is wrong",
        )


def arrival(
    subject: Subject,
    galleries: Iterable[str],
    references: tuple[BiometricReference, ...],
    held: HeldReferences | None,
    *,
    gone: KnownEncounter | None = None,
) -> Arrival:
    """Return how galleries will see a subject: with new references in some, without those of an encounter that is gone.

    A gallery in which nothing of it remains keeps what it has until it follows: a candidate too many, at worst.
    """
    came, known_in = frozenset(galleries), frozenset[str]() if held is None else held.galleries
    left = None if gone is None else gone.encounter_id
    now = {
        gallery_id: (
            *(() if held is None else held.in_gallery(gallery_id, without=left)),
            *(references if gallery_id in came else ()),
        )
        for gallery_id in came | known_in
    }
    return Arrival(
        subject_id=subject.subject_id,
        references={gallery_id: found for gallery_id, found in now.items() if found},
        known_in=known_in,
    )


def _new_subject(draft: EncounterDraft) -> Subject:
    return Subject(subject_id=new_identifier(), label=draft.prepared.label, simulated=draft.prepared.simulated)
