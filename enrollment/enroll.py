"""One person from templates to an outcome: search, decide, record, in an order that lets nobody slip through.

The long search runs outside the writer section, at the generation the gallery had then. Inside it only what other
enrollments committed meanwhile is searched, then the encounter is committed. Of two simultaneous enrollments of one
person the second therefore always sees the first. Enrollments that are ready together share one section and one commit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from biometrics.decisions import (
    DecisionPolicy,
    EnrollmentOutcome,
    NotEnrolled,
    Reason,
    Unique,
)
from biometrics.errors import RecordConflictError
from biometrics.records import (
    DEFAULT_GALLERY,
    SYSTEM,
    Actor,
    Encounter,
    EncounterStatus,
    StoredSample,
    Subject,
    SubjectStatus,
)
from biometrics.samples import now_utc
from biometrics.scores import CandidateList
from biometrics.templates import BiometricReference, Probe, Template
from enrollment.attacks import require_judged, suspected, with_suspicion
from enrollment.earlier import EarlierEnrollment, find_earlier
from enrollment.gathering import Gathering
from enrollment.portraits import DISAGREEMENT, unlike_portraits
from enrollment.preparation import PreparedSample, PreparedSubmission
from enrollment.questions import decision_evidence, open_question, search_evidence
from enrollment.searching import SearchDesks
from matching.gallery import Gallery
from matching.newcomers import Newcomers
from matching.policy import Finding, decide, thresholds
from registry.counting import place_details
from registry.gallery_view import GalleryView
from registry.identifiers import new_identifier
from registry.reading import Reader
from registry.store import Registry
from registry.writing import Writer

MOST_AT_ONCE = 64
"""Enrollments in one writer section: a commit is shared by all of them, and the others wait for it."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Searched:
    """A person ready to be recorded: searched at a generation, their files kept."""

    prepared: PreparedSubmission
    actor: Actor
    probe: Probe
    found: CandidateList
    largest_fmr: float
    samples: tuple[StoredSample, ...]
    apart: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrollmentOffice:
    """Where enrollments into one gallery are decided and recorded: a registry, what follows it, and a policy.

    Any number of threads may enroll at once; `searches` makes those that wait together.
    """

    registry: Registry
    gallery: Gallery
    policy: DecisionPolicy
    gallery_id: str = DEFAULT_GALLERY
    most_at_once: int = MOST_AT_ONCE
    _commits: Gathering[_Searched, EnrollmentOutcome] = field(init=False, repr=False, compare=False)
    searches: SearchDesks = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_commits", Gathering(self._record_together, self.most_at_once))
        object.__setattr__(self, "searches", SearchDesks(self.gallery))

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
            return self._turn_away(prepared, actor)
        require_judged(prepared, self.policy)
        probe = Probe(templates=prepared.templates)
        apart = len(unlike_portraits(prepared, self.gallery))
        # What others committed long ago is caught up with here, so that little is left for inside the section.
        self.follow()
        largest_fmr = self._laxest_threshold()
        found = self.searches.search(probe, largest_fmr=largest_fmr)
        # Files come first: a crash before the commit leaves files nobody refers to, never a record without its file.
        samples = tuple(self._keep(one) for one in prepared.samples)
        searched = _Searched(
            prepared=prepared,
            actor=actor,
            probe=probe,
            found=found,
            largest_fmr=largest_fmr,
            samples=samples,
            apart=apart,
        )
        return self._commits.ask(searched)

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

    def _record_together(self, group: Sequence[_Searched]) -> list[EnrollmentOutcome | Exception]:
        """Record everybody who is ready in one section, each searched among those before; one's failure is its own."""
        outcomes: list[EnrollmentOutcome | Exception] = []
        newcomers = Newcomers(self.gallery)
        with self.registry.writing() as writer:
            self.follow(writer)
            for one in group:
                try:
                    with writer.attempt(one.actor):
                        outcome = self._record(writer, one, newcomers)
                    outcomes.append(outcome)
                except Exception as error:  # noqa: BLE001 - handed to whoever enrolls this person
                    outcomes.append(error)
        return outcomes

    def follow(self, section: Reader | None = None) -> None:
        """Let the gallery apply what was committed since, as the registry or an open section of it tells."""
        self.gallery.follow(GalleryView(source=section or self.registry, gallery_id=self.gallery_id))

    def _laxest_threshold(self) -> float:
        # People may be retired between the search and the decision, which relaxes the threshold a little; the search
        # keeps candidates for a gallery of half the size so that none is missing then.
        _, review_fmr = thresholds(self.policy, self.gallery.size // 2)
        return review_fmr

    def _turn_away(self, prepared: PreparedSubmission, actor: Actor) -> NotEnrolled:
        reasons = prepared.reasons or (Reason.NO_USABLE_SAMPLE,)
        with self.registry.writing(actor) as writer:
            details = {"reasons": [reason.value for reason in reasons], "simulated": prepared.simulated}
            where = place_details(prepared.context, (self.gallery_id,))
            writer.append_event("not_enrolled", None, details | where)
        return NotEnrolled(reasons=reasons)

    def _keep(self, prepared: PreparedSample) -> StoredSample:
        sample = prepared.sample
        return StoredSample(
            sha256=self.registry.keep_sample(prepared.image.data),
            position=sample.position,
            ppi=sample.ppi,
            captured_at=sample.captured_at,
            quality=prepared.extraction.quality,
            simulated=sample.simulated,
            pad=prepared.extraction.pad,
        )

    def _record(self, writer: Writer, searched: _Searched, newcomers: Newcomers) -> EnrollmentOutcome:
        prepared, probe, largest_fmr = searched.prepared, searched.probe, searched.largest_fmr
        found = self.gallery.refresh(searched.found, probe, largest_fmr=largest_fmr)
        found = newcomers.extend(found, probe, largest_fmr)
        decision = with_suspicion(decide(found, self.policy), prepared)
        if searched.apart:
            decision = decision.doubted(DISAGREEMENT)
        unique = decision.finding is Finding.UNIQUE
        subject = _subject(writer, prepared)
        encounter = Encounter(
            encounter_id=new_identifier(),
            subject_id=subject.subject_id,
            status=EncounterStatus.ACTIVE if unique else EncounterStatus.PENDING,
            recorded_at=now_utc(),
            policy_version=self.policy.version,
            samples=searched.samples,
            context=prepared.context,
            galleries=(self.gallery_id,),
        )
        references = _references(subject, prepared)
        writer.add_encounter(subject, encounter, references)
        outcome: EnrollmentOutcome = Unique(subject_id=subject.subject_id)
        if not unique:
            attacked, apart = bool(suspected(prepared)), bool(searched.apart)
            known = search_evidence(decision, found, self.gallery.populations, attacked=attacked, apart=apart)
            outcome = open_question(writer, subject, decision, known)
        evidence = decision_evidence(decision, found, suspicions=len(suspected(prepared)), apart=searched.apart)
        where = place_details(encounter.context, encounter.galleries)
        writer.append_event("enrolled", subject.subject_id, evidence | where)
        newcomers.add(subject.subject_id, references)
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


def _references(subject: Subject, prepared: PreparedSubmission) -> tuple[BiometricReference, ...]:
    return tuple(
        BiometricReference(
            reference_id=new_identifier(),
            subject_id=subject.subject_id,
            template=one.extraction.template,
            sample_sha256=one.image.sha256,
        )
        for one in prepared.samples
        if one.extraction.template is not None
    )
