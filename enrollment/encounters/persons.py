"""Persons searched and verified as clients know them: by label, in some galleries, as far as encounters are in use."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from biometrics.decisions import DecisionPolicy, Reason
from biometrics.errors import ConfigurationError, RecordError, RecordNotFoundError
from biometrics.positions import Modality
from biometrics.records import Actor, Subject
from biometrics.scores import Candidate, CandidateList
from biometrics.templates import Probe, Template
from enrollment.claimed import ClaimDesk, Claimed
from enrollment.encounters.known import KnownPerson, person_of, require_person
from enrollment.encounters.search import PersonFound, PersonSearch, PersonsFound
from enrollment.judging import without_own
from enrollment.preparation import PreparedSubmission
from enrollment.recognition import Verification, reasons_against, verify_templates
from enrollment.recording import GalleryDesk
from enrollment.told import SearchRule, tell_of_withheld, told_of_identification
from matching.calibration import Calibration
from matching.policy import thresholds
from registry.access import PERSONS_IDENTIFIED
from registry.reading import Reader
from registry.store import Registry


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Probed:
    """What is searched with, and who must not be found."""

    templates: tuple[Template, ...]
    own: KnownPerson | None = None
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Answered:
    """What one gallery answered, within a false match rate."""

    desk: GalleryDesk
    found: CandidateList
    largest_fmr: float


class PersonDesk:
    """Searches and verifies persons in any galleries of a registry.

    Parameters
    ----------
    registry
        The registry.
    policy
        What answers follow.
    desk
        Where a gallery is searched.
    calibrations
        Loads what scores mean.
    """

    def __init__(
        self,
        registry: Registry,
        policy: DecisionPolicy,
        desk: Callable[[str], GalleryDesk],
        calibrations: Callable[[Reader], Mapping[Modality, Calibration]],
    ) -> None:
        self._registry = registry
        self._policy = policy
        self._desk = desk
        self._calibrations = calibrations

    def search(self, asked: PersonSearch, actor: Actor) -> PersonsFound:
        """Search a person, as `EnrollmentService.search_persons` says."""
        _require_sensible(asked)
        with self._registry.reading() as record:
            record.galleries.require(asked.galleries)
            probed = self._probed(record, asked)
        if probed.reasons:
            return PersonsFound(reasons=probed.reasons)
        answers = [self._search(gallery_id, asked, probed) for gallery_id in asked.galleries]
        found, withheld = self._registry.consult(
            actor,
            PERSONS_IDENTIFIED,
            lambda answer: _about(answer[0], probed),
            lambda record: _Naming(record=record, asked=asked, probed=probed).open_to(actor, answers),
            told=lambda answer: {
                "galleries": sorted(asked.galleries),
                **self._told(answers, probed, listed=len(answer[0]), withheld=bool(answer[1])),
            },
        )
        tell_of_withheld(self._registry, actor, withheld)
        return PersonsFound(
            found=found,
            gallery_size=sum(one.found.gallery_size for one in answers),
            compared=sum(one.found.compared for one in answers),
            complete=all(one.found.complete for one in answers),
            withheld=bool(withheld),
        )

    def verify(
        self, prepared: PreparedSubmission, label: str, gallery_id: str | None, actor: Actor, *, in_use_only: bool
    ) -> tuple[Verification, Subject]:
        """Compare a person with one who is recorded, as `EnrollmentService.verify_person` says."""

        def find(record: Reader) -> Claimed:
            if gallery_id is not None:
                record.galleries.require([gallery_id])
            person = require_person(record, label)
            if not person.counting(gallery_id, in_use_only=False):
                raise RecordNotFoundError("nobody of this identifier is in this gallery", source=label)
            recorded = person.templates(record, person.counting(gallery_id, in_use_only=in_use_only))
            return Claimed(subject=person.subject, templates=recorded, calibrations=self._calibrations(record))

        return ClaimDesk(registry=self._registry, policy=self._policy, actor=actor).verify(prepared, find)

    def _told(
        self, answers: Sequence[_Answered], probed: _Probed, *, listed: int, withheld: bool
    ) -> Mapping[str, object]:
        rule = SearchRule(
            policy_version=self._policy.version,
            largest_fmr=max(one.largest_fmr for one in answers),
            calibrations=answers[0].desk.gallery.calibrations,
        )
        told = told_of_identification([one.found for one in answers], listed, probed.templates, rule)
        return told | ({"complete": False} if withheld else {})

    def _probed(self, record: Reader, asked: PersonSearch) -> _Probed:
        own = None if asked.person is None else require_person(record, asked.person)
        if own is not None:
            in_use = own.counting(in_use_only=asked.in_use_only)
            encounters = in_use if asked.encounter is None else (own.named(asked.encounter),)
            templates, reasons = own.templates(record, encounters), tuple[Reason, ...]()
        else:
            assert asked.prepared is not None
            templates, reasons = asked.prepared.templates, reasons_against(asked.prepared, self._policy)
        wanted = tuple(one for one in templates if asked.modalities is None or one.modality in asked.modalities)
        if not wanted:
            reasons = reasons or (Reason.NO_USABLE_SAMPLE,)
        return _Probed(templates=wanted, own=own, reasons=reasons)

    def _search(self, gallery_id: str, asked: PersonSearch, probed: _Probed) -> _Answered:
        desk = self._desk(gallery_id)
        desk.follow()
        _, largest_fmr = thresholds(self._policy, desk.searches.gallery_size)
        if asked.least_score is not None:
            largest_fmr = min(largest_fmr, 10.0 ** -max(0.0, asked.least_score))
        found = desk.searches.search(Probe(templates=probed.templates), largest_fmr=largest_fmr)
        return _Answered(desk=desk, found=_others(desk, found, probed), largest_fmr=largest_fmr)


def _require_sensible(asked: PersonSearch) -> None:
    if asked.limit < 1:
        raise ConfigurationError(f"a search cannot return {asked.limit} persons", remedy="ask for at least one")
    if (asked.prepared is None) == (asked.person is None) or (asked.encounter and asked.person is None):
        raise RecordError("a search needs samples or a person, and not both", remedy="give one of the two")
    if not asked.galleries or len(set(asked.galleries)) < len(asked.galleries):
        raise RecordError("a search needs galleries, each once", remedy="name at least one")


def _others(desk: GalleryDesk, found: CandidateList, probed: _Probed) -> CandidateList:
    """Return a search without the person who is searched."""
    if probed.own is None or not probed.own.counting(desk.gallery_id, in_use_only=False):
        return found
    subject_id = probed.own.subject.subject_id
    if desk.gallery.holds(subject_id):
        compared = desk.gallery.verify(Probe(templates=probed.templates), subject_id) is not None
        return without_own(found, subject_id, compared=compared)
    return found


def _about(persons: Iterable[PersonFound], probed: _Probed) -> list[str]:
    own = [] if probed.own is None else [probed.own.subject.subject_id]
    return [*own, *(one.subject_id for one in persons)]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Naming:
    """Tells who the candidates of galleries are, as far as encounters that count are like the probe."""

    record: Reader
    asked: PersonSearch
    probed: _Probed

    def persons(self, answers: Sequence[_Answered]) -> tuple[PersonFound, ...]:
        """Return who the candidates of all galleries are, best first.

        Whoever is looked at is never more alike than the gallery said, so that not everybody needs to be looked at.
        """
        ways: dict[str, list[tuple[_Answered, Candidate]]] = {}
        for answer in answers:
            for candidate in answer.found.candidates:
                # Somebody else than the gallery says only after a merge that the search did not see yet.
                subject_id = self.record.merges.survivor(candidate.subject_id)
                ways.setdefault(subject_id, []).append((answer, candidate))
        if self.probed.own is not None:
            ways.pop(self.probed.own.subject.subject_id, None)
        persons: list[PersonFound] = []
        for subject_id, found in sorted(ways.items(), key=lambda one: (-_best(one[1]), one[0])):
            settled = [one for one in persons if one.candidate.score >= _best(found)]
            if len(settled) >= self.asked.limit:
                break
            person = self._person(self.record.subject(subject_id), found)
            persons += [] if person is None else [person]
        persons.sort(key=lambda one: (-one.candidate.score, one.subject_id))
        return tuple(persons[: self.asked.limit])

    def open_to(self, actor: Actor, answers: Sequence[_Answered]) -> tuple[tuple[PersonFound, ...], frozenset[str]]:
        """Return who they are as far as an actor may learn it, and of whom the actor may learn nothing."""
        persons = self.persons(answers)
        withheld = self.record.rights.withheld([one.subject_id for one in persons], actor)
        return tuple(one for one in persons if one.subject_id not in withheld), withheld

    def _person(self, subject: Subject, found: Sequence[tuple[_Answered, Candidate]]) -> PersonFound | None:
        person = person_of(self.record, subject)
        counted = [
            (answer.desk.gallery_id, candidate)
            for answer, listed in found
            if (candidate := self._counted(person, answer, listed)) is not None
        ]
        if not counted:
            return None
        _, best = max(counted, key=lambda one: one[1].score)
        return PersonFound(
            person=subject.label,
            subject_id=subject.subject_id,
            candidate=replace(best, subject_id=subject.subject_id),
            galleries=tuple(sorted({gallery_id for gallery_id, _ in counted})),
            simulated=subject.simulated,
        )

    def _counted(self, person: KnownPerson, answer: _Answered, listed: Candidate) -> Candidate | None:
        """Return a candidate by the encounters that count in its gallery; None when these are not alike enough."""
        gallery_id = answer.desk.gallery_id
        counting = person.counting(gallery_id, in_use_only=self.asked.in_use_only)
        if counting == person.counting(gallery_id, in_use_only=False):
            return listed
        templates = person.templates(self.record, counting)
        if not templates:
            return None
        policy, calibrations = answer.desk.policy, answer.desk.gallery.calibrations
        candidate = verify_templates(self.probed.templates, templates, calibrations, policy).candidate
        return candidate if candidate is not None and candidate.fmr.value <= answer.largest_fmr else None


def _best(found: Sequence[tuple[_Answered, Candidate]]) -> float:
    return max(candidate.score for _, candidate in found)
