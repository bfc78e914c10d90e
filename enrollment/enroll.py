"""One person from templates to an outcome: search, decide, record, in an order that lets nobody slip through.

The long search runs outside the writer section, at the generation the gallery had then. Inside it only what other
enrollments committed meanwhile is searched, then the encounter is committed. Of two simultaneous enrollments of one
person the second therefore always sees the first. Enrollments that are ready together share one section and one commit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from biometrics.decisions import EnrollmentOutcome, Unique
from biometrics.errors import RecordConflictError
from biometrics.records import SYSTEM, Actor, Encounter, EncounterStatus, Subject, SubjectStatus
from biometrics.samples import now_utc
from biometrics.templates import BiometricReference, Template
from enrollment.earlier import EarlierEnrollment, find_earlier
from enrollment.gathering import Gathering
from enrollment.judging import Judgement, judge
from enrollment.preparation import PreparedSubmission
from enrollment.questions import decision_evidence, open_question
from enrollment.recording import MOST_AT_ONCE, Arrival, GalleryDesk, GallerySearch, Recorder, RecordingSection
from enrollment.searched import SearchedPerson, search_person, turn_away
from registry.counting import place_details
from registry.identifiers import new_identifier
from registry.writing import Writer

__all__ = ["MOST_AT_ONCE", "EnrollmentOffice", "record_decided"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrollmentOffice(GalleryDesk):
    """Where enrollments into one gallery are decided and recorded: a registry, what follows it, and a policy.

    Any number of threads may enroll at once. Offices of one registry may share their `recorder`, and so their commits.
    """

    most_at_once: int = MOST_AT_ONCE
    recorder: Recorder | None = None

    def __post_init__(self) -> None:
        GalleryDesk.__post_init__(self)
        if self.recorder is None:
            object.__setattr__(self, "recorder", Recorder(self.registry, self.most_at_once))

    def enroll(self, prepared: PreparedSubmission, actor: Actor = SYSTEM) -> EnrollmentOutcome:
        """Search a person, decide, and record the encounter with its references and, where needed, its case.

        Raises
        ------
        RecordConflictError
            When the label is enrolled already.
        PadUnavailableError
            When the policy requires that attacks are looked for, and nothing could.
        RecordError
            When the registry cannot record; then nothing is.
        """
        if not prepared.templates:
            return turn_away(self.registry, prepared, (self.gallery_id,), actor)
        searched = search_person(prepared, (self,), actor)
        return self._recorder.record(_Enrollment(searched=searched))

    def earlier(self, label: str, digests: tuple[str, ...]) -> EarlierEnrollment | None:
        """Return what became of the same samples under the same label; None when the label is new.

        Raises
        ------
        RecordConflictError
            When the label is enrolled with other samples.
        """
        with self.registry.reading() as record:
            return find_earlier(record, label, frozenset(digests))

    def portraits_apart(self, portraits: tuple[Template, ...]) -> tuple[int, ...]:
        """Return the portraits that are unlike most of the others."""
        return self.gallery.portraits_apart(portraits)

    @property
    def _recorder(self) -> Recorder:
        assert self.recorder is not None  # made at the latest in __post_init__
        return self.recorder

    @property
    def _commits(self) -> Gathering[Any, Any]:
        return self._recorder.gathering


def record_decided(
    writer: Writer,
    subject: Subject,
    encounter: Encounter,
    references: Sequence[BiometricReference],
    judgement: Judgement,
) -> EnrollmentOutcome:
    """Record an encounter as it was judged, with its case where it needs one, and what the trail keeps of it."""
    status = EncounterStatus.ACTIVE if judgement.unique else EncounterStatus.PENDING
    decided = replace(encounter, status=status)
    writer.add_encounter(subject, decided, references)
    outcome: EnrollmentOutcome = Unique(subject_id=subject.subject_id)
    if not judgement.unique:
        outcome = open_question(writer, decided, judgement)
    where = place_details(encounter.context, encounter.galleries)
    told = {"encounter_id": encounter.encounter_id, **decision_evidence(judgement), **where}
    writer.append_event("enrolled", subject.subject_id, told)
    return outcome


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Enrollment:
    """One person on the way into one gallery."""

    searched: SearchedPerson

    @property
    def actor(self) -> Actor:
        return self.searched.actor

    @property
    def searches(self) -> tuple[GallerySearch, ...]:
        return self.searched.searches

    def record(self, section: RecordingSection) -> EnrollmentOutcome:
        searched, writer = self.searched, section.writer
        prepared = searched.prepared
        judgement = judge(section, searched)
        subject = _subject(writer, prepared)
        references = searched.references(subject.subject_id)
        encounter = Encounter(
            encounter_id=new_identifier(),
            subject_id=subject.subject_id,
            status=EncounterStatus.PENDING,
            recorded_at=now_utc(),
            policy_version=searched.policy.version,
            samples=searched.samples,
            context=prepared.context,
            galleries=searched.galleries,
        )
        outcome = record_decided(writer, subject, encounter, references, judgement)
        if prepared.notice is not None:
            writer.rights.give_notice(encounter.encounter_id, prepared.notice)
        section.arrive(Arrival(subject_id=subject.subject_id, references=dict.fromkeys(searched.galleries, references)))
        return outcome


def _subject(writer: Writer, prepared: PreparedSubmission) -> Subject:
    """Return the subject that has the label but no samples yet, as children have who grew up, or else a new one."""
    known = writer.subject_by_label(prepared.label)
    if known is None or writer.encounter_digests(prepared.label):
        return Subject(subject_id=new_identifier(), label=prepared.label, simulated=prepared.simulated)
    if known.simulated != prepared.simulated or known.status not in (SubjectStatus.ACTIVE, SubjectStatus.INACTIVE):
        raise RecordConflictError(
            f"the recorded person is {known.status.value}, and {'' if known.simulated else 'not '}simulated",
            source=known.subject_id,
            remedy="compare the person with the record, and correct what is wrong",
        )
    return known
