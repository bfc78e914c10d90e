"""The service in the owner's own process: directly, or behind the engine's socket."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import cast

from biometrics.decisions import DecisionPolicy, EnrollmentOutcome, NotEnrolled
from biometrics.errors import ConfigurationError, RecordNotFoundError
from biometrics.positions import Modality
from biometrics.protocols import Progress, no_progress
from biometrics.records import DEFAULT_GALLERY, SYSTEM, Actor, Subject
from biometrics.scores import CandidateList
from biometrics.templates import Template
from enrollment.claimed import ClaimDesk, Claimed
from enrollment.deduplication.office import DeduplicationOffice
from enrollment.deduplication.records import RunKind
from enrollment.deduplication.state import RunState
from enrollment.deduplication.store import RunStore, runs_folder
from enrollment.earlier import EarlierEnrollment, find_earlier
from enrollment.encounters.drafts import EncounterDraft, Placement, RecordedEncounter
from enrollment.encounters.office import EncounterOffice
from enrollment.encounters.persons import PersonDesk
from enrollment.encounters.search import PersonSearch, PersonsFound
from enrollment.engine.refusals import refusals_told
from enrollment.engine.service import GalleryState, Identified, Verified
from enrollment.enroll import EnrollmentOffice
from enrollment.keeping import Galleries, GalleryFigures
from enrollment.operations.forgetting import GalleriesOperation
from enrollment.operations.operation import Answer, Asked, Operation
from enrollment.operations.rights_erasure import ERASE_RECORDS
from enrollment.operations.rights_upkeep import EXPIRE
from enrollment.operations.tasks import TaskOperation
from enrollment.operations.upkeep import PURGE
from enrollment.preparation import PreparedSubmission
from enrollment.recognition import Identification, identify
from enrollment.recording import Recorder
from enrollment.tasks.desk import TaskDesk
from enrollment.told import SearchRule, tell_of_withheld, told_of_identification
from matching.calibration import Calibration
from matching.gallery import Gallery
from registry.access import PERSONS_IDENTIFIED
from registry.reading import Reader
from registry.store import Registry


class Owner:
    """What the one owner of a registry holds, shared by all threads that serve; the gallery is built when needed.

    Parameters
    ----------
    registry
        The registry, whose writes are this process's alone.
    policy
        What decisions follow.
    open_gallery
        Builds and checks a gallery in memory, by name.
    calibrations
        Loads what scores mean, refusing a registry whose templates they do not fit.
    galleries
        What keeps the galleries that `open_gallery` opens; without it, none is kept on disk.
    """

    def __init__(
        self,
        registry: Registry,
        policy: DecisionPolicy,
        *,
        open_gallery: Callable[[str], Gallery],
        calibrations: Callable[[Reader], Mapping[Modality, Calibration]],
        galleries: Galleries | None = None,
    ) -> None:
        self.registry = registry
        self.policy = policy
        self._galleries = galleries
        self.calibrations = calibrations
        self._open_gallery = open_gallery
        self._recorder = Recorder(registry)
        self.encounters = EncounterOffice(registry, policy, self._recorder, self.office)
        self.persons = PersonDesk(registry, policy, self.office, calibrations)
        self._offices: dict[str, EnrollmentOffice] = {}
        self._opening = threading.Lock()
        self.tasks = TaskDesk(registry)

    def office(self, gallery_id: str = DEFAULT_GALLERY) -> EnrollmentOffice:
        """Return where enrollments into a gallery are decided; it is built on the first call.

        Raises
        ------
        RecordNotFoundError
            When there is no such gallery.
        GalleryError, ConfigurationError
            When gallery and registry disagree, or the settings do not fit.
        """
        opened = self._offices.get(gallery_id)
        if opened is not None:
            return opened  # nobody waits here for another gallery that takes long to open
        with self._opening:
            if gallery_id not in self._offices:
                self._offices[gallery_id] = EnrollmentOffice(
                    registry=self.registry,
                    gallery=self._open_gallery(gallery_id),
                    policy=self.policy,
                    gallery_id=gallery_id,
                    recorder=self._recorder,
                )
            return self._offices[gallery_id]

    def follow(self) -> None:
        """Let every gallery that is open apply what was committed since.

        To be done before a purge: it takes the references of retired encounters away, so that whoever follows later is
        not told which to drop.
        """
        for office in list(self._offices.values()):
            office.follow()

    @property
    def galleries(self) -> Galleries:
        """What keeps galleries on disk.

        Raises
        ------
        ConfigurationError
            When this owner keeps none.
        """
        if self._galleries is None:
            raise ConfigurationError("this owner keeps no galleries")
        return self._galleries


class LocalService:
    """An `EnrollmentService` by the owner itself, for one actor."""

    def __init__(self, owner: Owner, actor: Actor = SYSTEM) -> None:
        self._owner = owner
        self._actor = actor

    def enroll(self, prepared: PreparedSubmission) -> EnrollmentOutcome:
        """Search a person, decide and record."""
        return self._owner.office(prepared.gallery_id).enroll(prepared, self._actor)

    def earlier(self, label: str, digests: tuple[str, ...]) -> EarlierEnrollment | None:
        """Return what became of the same samples."""
        with self._owner.registry.reading() as record:
            return find_earlier(record, label, frozenset(digests))

    def portraits_apart(self, portraits: tuple[Template, ...]) -> tuple[int, ...]:
        """Return the portraits that are unlike most of the others."""
        return self._owner.office().gallery.portraits_apart(portraits)

    def identify(self, prepared: PreparedSubmission, limit: int) -> Identified:
        """Search a person."""
        office = self._owner.office(prepared.gallery_id)
        office.follow()
        answer = identify(prepared, office.searches, office.policy, limit)
        if answer.found is None:
            return Identified(answer=answer)
        return self._named(office, prepared, answer, answer.found)

    def _named(
        self, office: EnrollmentOffice, prepared: PreparedSubmission, answer: Identification, found: CandidateList
    ) -> Identified:
        """Return who the candidates are, without those of whom the actor may learn nothing."""
        named = [one.subject_id for one in found.candidates]
        rule = SearchRule(
            policy_version=office.policy.version,
            largest_fmr=answer.largest_fmr,
            calibrations=office.gallery.calibrations,
        )

        def read(record: Reader) -> tuple[tuple[Subject, ...], CandidateList]:
            withheld = record.rights.withheld(named, self._actor)
            left = tuple(one for one in found.candidates if one.subject_id not in withheld)
            shown = replace(found, candidates=left, complete=found.complete and not withheld)
            return tuple(record.subject(one.subject_id) for one in left), shown

        subjects, shown = office.registry.consult(
            self._actor,
            PERSONS_IDENTIFIED,
            lambda answered: [one.subject_id for one in answered[0]],
            read,
            told=lambda answered: told_of_identification([answered[1]], len(answered[0]), prepared.templates, rule),
        )
        tell_of_withheld(office.registry, self._actor, set(named) - {one.subject_id for one in subjects})
        return Identified(answer=replace(answer, found=shown), subjects=subjects)

    def verify(self, prepared: PreparedSubmission, label: str) -> Verified:
        """Compare a person with the one enrolled under a label."""

        def find(record: Reader) -> Claimed:
            subject = record.subject_by_label(label)
            if subject is None:
                raise RecordNotFoundError(
                    "nobody is enrolled under this identifier", source=label, remedy="see kura registry persons"
                )
            recorded = [reference.template for reference in record.references(subject.subject_id)]
            return Claimed(subject=subject, templates=recorded, calibrations=self._owner.calibrations(record))

        desk = ClaimDesk(registry=self._owner.registry, policy=self._owner.policy, actor=self._actor)
        answer, subject = desk.verify(prepared, find)
        return Verified(answer=answer, subject=subject)

    def record_encounter(self, draft: EncounterDraft) -> RecordedEncounter | NotEnrolled:
        """Search a person in all galleries named, decide and record."""
        return self._owner.encounters.record(draft, self._actor)

    def replace_encounter(self, draft: EncounterDraft) -> RecordedEncounter | NotEnrolled:
        """Put an encounter in the place of another."""
        return self._owner.encounters.replace(draft, self._actor)

    def place_encounter(self, asked: Placement) -> RecordedEncounter:
        """Let an encounter be in these galleries and no others."""
        return self._owner.encounters.place(asked, self._actor)

    def search_persons(self, asked: PersonSearch) -> PersonsFound:
        """Search a person in some galleries."""
        return self._owner.persons.search(asked, self._actor)

    def verify_person(
        self, prepared: PreparedSubmission, person: str, gallery_id: str | None, in_use_only: bool = True
    ) -> Verified:
        """Compare a person with the one of a label."""
        answer, subject = self._owner.persons.verify(prepared, person, gallery_id, self._actor, in_use_only=in_use_only)
        return Verified(answer=answer, subject=subject)

    def deduplicate(
        self, progress: Progress = no_progress, *, gallery_id: str = DEFAULT_GALLERY, only_new: bool = False
    ) -> RunState:
        """Compare everybody, or who is new, with everybody."""
        return self._deduplication(gallery_id).run(RunKind.NEW if only_new else RunKind.EVERYBODY, progress)

    def resume_deduplication(self, progress: Progress = no_progress, *, run_id: str) -> RunState:
        """Go on with a run that ended early."""
        runs = RunStore(folder=runs_folder(self._owner.registry.home))
        return self._deduplication(runs.manifest(run_id).gallery_id).resume(run_id, progress)

    def _deduplication(self, gallery_id: str) -> DeduplicationOffice:
        office = self._owner.office(gallery_id)
        return DeduplicationOffice(
            registry=office.registry,
            gallery=office.gallery,
            policy=office.policy,
            folder=runs_folder(office.registry.home),
            gallery_id=gallery_id,
            actor=self._actor,
            threads=len(os.sched_getaffinity(0)),
        )

    def state(self, gallery_id: str = DEFAULT_GALLERY) -> GalleryState:
        """Return how many persons can be found."""
        office = self._owner.office(gallery_id)
        office.follow()
        return GalleryState(
            persons=office.gallery.size,
            generation=office.gallery.generation,
            policy_version=self._owner.policy.version,
        )

    def keep_gallery(self, *, gallery_id: str = DEFAULT_GALLERY, compact: bool = False) -> GalleryFigures:
        """Open a gallery and write a snapshot of it."""
        office, galleries = self._owner.office(gallery_id), self._owner.galleries
        if compact:
            office.follow()
            office.gallery.compact()
        galleries.keep(gallery_id)
        return galleries.figures(gallery_id)

    def gallery_figures(self, *, gallery_id: str = DEFAULT_GALLERY) -> GalleryFigures:
        """Return what a gallery holds."""
        self._owner.office(gallery_id).follow()
        return self._owner.galleries.figures(gallery_id)

    def call(self, operation: Operation[Asked, Answer], asked: Asked) -> Answer:
        """Perform an operation on the registry; the trail tells where it is refused to whoever asks."""
        if operation.name in {PURGE.name, ERASE_RECORDS.name, EXPIRE.name}:
            self._owner.follow()
        with refusals_told(self._owner.registry, self._actor, operation.name):
            if isinstance(operation, GalleriesOperation):
                return cast("Answer", operation.perform(self._owner.galleries, self._actor, asked))
            if isinstance(operation, TaskOperation):
                return cast("Answer", operation.perform(self._owner.tasks, self._actor, asked))
            return operation.perform(self._owner.registry, self._actor, asked)
