"""The contract of the service: the owner itself and the engine behind its socket answer the same."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from biometrics.cases import CaseStatus
from biometrics.decisions import Duplicate, NotEnrolled, Reason, Unique
from biometrics.errors import (
    IncompatibleTemplatesError,
    RecordBusyError,
    RecordConflictError,
    RecordNotFoundError,
)
from biometrics.records import DEFAULT_GALLERY, Actor, ActorRole
from biometrics.templates import Template, TemplateFormat
from enrollment.deduplication.state import RunState, RunStatus, read_report
from enrollment.deduplication.store import RunStore, runs_folder
from enrollment.encounters.drafts import EncounterDraft
from enrollment.engine.local import LocalService
from enrollment.engine.service import EnrollmentService
from enrollment.operations.keys import KEY_STATUS
from enrollment.operations.subjects import SUBJECTS, NamedSubjects
from enrollment.preparation import PreparedSubmission
from registry.rights.actions import NOTICE_GIVEN
from registry.rights.notices import NoticeText
from registry.store import Registry
from tests.enrollment.engine.serving import client_of, open_owner, person, serving
from tests.enrollment.fakes import BLANK
from tests.enrollment.office import POLICY

CLERK = Actor(name="clerk-7", role=ActorRole.OPERATOR, post="post-3", station="station-1", purpose="visa")


@pytest.fixture(params=["in process", "over the socket"])
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EnrollmentService]:
    home = tmp_path / "home"
    if request.param == "in process":
        with Registry.open(home) as registry:
            yield LocalService(open_owner(registry), CLERK)
        return
    with serving(home), client_of(home, CLERK) as client:
        yield client


@pytest.fixture
def registry(service: EnrollmentService, tmp_path: Path) -> Iterator[Registry]:
    """What is recorded, read beside the service."""
    with Registry.open(tmp_path / "home", create=False) as opened:
        yield opened


def test_both_keep_the_contract(service: EnrollmentService) -> None:
    assert isinstance(service, EnrollmentService)


def test_people_are_enrolled_found_verified_and_deduplicated(
    service: EnrollmentService, registry: Registry, tmp_path: Path
) -> None:
    first = service.enroll(person(tmp_path, "A", 1))
    again = service.enroll(person(tmp_path, "A2", 1, capture=3))
    assert isinstance(first, Unique) and isinstance(again, Duplicate) and again.of == first.subject_id
    assert service.state().persons == 2 and service.state().policy_version == POLICY.version

    found = service.identify(person(tmp_path, "probe", 1, capture=5), 10)
    assert found.answer.found is not None and {subject.label for subject in found.subjects} == {"A", "A2"}
    listed = [candidate.subject_id for candidate in found.answer.found.candidates]
    assert [subject.subject_id for subject in found.subjects] == listed
    assert not service.identify(person(tmp_path, "nobody", 9), 10).answer.positive

    assert service.verify(person(tmp_path, "probe", 1, capture=5), "A").answer.positive
    assert not service.verify(person(tmp_path, "nobody", 9), "A").answer.positive
    with pytest.raises(RecordNotFoundError, match="nobody is enrolled"):
        service.verify(person(tmp_path, "probe", 1), "Z")

    told: list[tuple[int, int, str]] = []
    done = service.deduplicate(lambda *step: told.append(step))
    store = RunStore(folder=runs_folder(tmp_path / "home"))
    (pair,) = read_report(store, done.run_id).pairs
    assert (done.persons, done.compared, pair.case_id) == (2, 1, again.case_id)
    assert told[-1] == (1, 1, "deduplication")
    assert service.deduplicate(only_new=True).since_run == done.run_id
    assert registry.check() == []


def test_the_notice_comes_with_the_enrollment(service: EnrollmentService, registry: Registry, tmp_path: Path) -> None:
    notice = NoticeText(notice="enrollment", version="1", language="bm", sha256="0" * 64)
    by_file = service.enroll(dataclasses.replace(person(tmp_path, "A", 1), notice=notice))
    draft = EncounterDraft(
        prepared=dataclasses.replace(person(tmp_path, "B", 2), notice=notice),
        galleries=(DEFAULT_GALLERY,),
        document="{}",
    )
    service.record_encounter(draft)
    assert isinstance(by_file, Unique)
    events = [one for one in registry.events() if one.action == NOTICE_GIVEN]
    assert events[0].subject_id == by_file.subject_id and len(events) == 2
    with registry.reading() as record:
        given = record.rights.notices(str(one.details["encounter_id"]) for one in events)
    assert {(one.language, one.given_by) for one in given} == {("bm", CLERK.name)}
    assert registry.check() == []


def test_an_interrupted_deduplication_is_gone_on_with(service: EnrollmentService, tmp_path: Path) -> None:
    for number in range(3):
        service.enroll(person(tmp_path, str(number), number))

    def interrupt(done: int, total: int, what: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        service.deduplicate(interrupt)
    (run_id,) = RunStore(folder=runs_folder(tmp_path / "home")).run_ids()
    done = eventually(lambda: service.resume_deduplication(run_id=run_id))
    assert (done.run_id, done.status, done.pairs_done) == (run_id, RunStatus.FINISHED, 3)
    with pytest.raises(RecordNotFoundError, match="no such deduplication run"):
        service.resume_deduplication(run_id="20200101-000000-000000")


def eventually(ask: Callable[[], RunState]) -> RunState:
    """Ask until nobody else works on a run: an engine notices with its next report that its command is gone."""
    for _ in range(50):
        with suppress(RecordBusyError):
            return ask()
    return ask()


def test_an_enrollment_is_recorded_whole_and_names_who_acted(
    service: EnrollmentService, registry: Registry, tmp_path: Path
) -> None:
    prepared = person(tmp_path, "A", 1)
    outcome = service.enroll(prepared)
    assert isinstance(outcome, Unique)
    (encounter,) = registry.encounters(outcome.subject_id)
    assert registry.sample_bytes(encounter.samples[0].sha256) == prepared.samples[0].image.data
    (enrolled,) = [event for event in registry.events() if event.action == "enrolled"]
    assert enrolled.actor == CLERK


def test_a_repeated_enrollment_is_found_and_another_of_the_label_refused(
    service: EnrollmentService, tmp_path: Path
) -> None:
    prepared = person(tmp_path, "A", 1)
    digests = (prepared.samples[0].image.sha256,)
    assert service.earlier("A", digests) is None
    outcome = service.enroll(prepared)
    earlier = service.earlier("A", digests)
    assert earlier is not None and earlier.outcome == outcome
    assert [sample.sha256 for sample in earlier.samples] == list(digests)
    with pytest.raises(RecordConflictError) as refused:
        service.earlier("A", ("0" * 64,))
    assert refused.value.source == "A" and refused.value.remedy is not None
    with pytest.raises(RecordConflictError, match="another subject has this label"):
        service.enroll(person(tmp_path, "A", 2))


def test_unusable_samples_are_an_outcome(service: EnrollmentService, registry: Registry, tmp_path: Path) -> None:
    blank = person(tmp_path, "A", BLANK)
    assert service.enroll(blank) == NotEnrolled(reasons=(Reason.BLANK_PRINT,))
    assert service.identify(blank, 10).answer.reasons == (Reason.BLANK_PRINT,)
    assert registry.counts().subjects == 0


def test_portraits_that_stand_apart_are_named(service: EnrollmentService, tmp_path: Path) -> None:
    def portrait(number: int, capture: int) -> Template:
        return person(tmp_path, f"{number}-{capture}", number, capture, color=True).templates[0]

    assert service.portraits_apart((portrait(1, 0), portrait(1, 1), portrait(2, 0))) == (2,)


def test_operations_are_performed_for_the_actor(service: EnrollmentService, registry: Registry, tmp_path: Path) -> None:
    outcome = service.enroll(person(tmp_path, "A", 1))
    assert isinstance(outcome, Unique)
    (subject,) = service.call(SUBJECTS, NamedSubjects(subject_ids=(outcome.subject_id,)))
    assert subject.label == "A"
    assert registry.events()[-1].actor == CLERK
    with pytest.raises(RecordNotFoundError) as refused:
        service.call(SUBJECTS, NamedSubjects(subject_ids=("nobody",)))
    assert refused.value.source == "nobody"


def test_how_keys_stand_is_told(service: EnrollmentService, tmp_path: Path) -> None:
    service.enroll(person(tmp_path, "A", 1))
    (generation,) = service.call(KEY_STATUS, None).generations
    assert (generation.number, generation.owners) == (1, 2)  # a subject and an encounter


def of_another_model(prepared: PreparedSubmission) -> PreparedSubmission:
    (one,) = prepared.samples
    assert one.extraction.template is not None
    other = TemplateFormat(algorithm="other", version="1", metric="minutiae")
    template = dataclasses.replace(one.extraction.template, format=other)
    extraction = dataclasses.replace(one.extraction, template=template)
    return dataclasses.replace(prepared, samples=(dataclasses.replace(one, extraction=extraction),))


def test_templates_of_another_model_are_refused_and_the_service_goes_on(
    service: EnrollmentService, tmp_path: Path
) -> None:
    service.enroll(person(tmp_path, "A", 1))
    with pytest.raises(IncompatibleTemplatesError):
        service.enroll(of_another_model(person(tmp_path, "B", 2)))
    assert isinstance(service.enroll(person(tmp_path, "B", 2)), Unique)


def test_twins_of_many_threads_are_never_both_unique(
    service: EnrollmentService, registry: Registry, tmp_path: Path
) -> None:
    people = [person(tmp_path, f"{number}-{capture}", number, capture) for number in range(6) for capture in range(4)]
    with ThreadPoolExecutor(12) as pool:
        outcomes = list(pool.map(service.enroll, people))
    unique = {outcome.subject_id for outcome in outcomes if isinstance(outcome, Unique)}
    duplicates = [outcome for outcome in outcomes if isinstance(outcome, Duplicate)]
    assert len(unique) == 6 and len(duplicates) == 18
    assert len(registry.cases(CaseStatus.OPEN)) == 18
    assert service.state().persons == 24
    assert registry.check() == []
