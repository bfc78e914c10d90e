"""A home with some people, a few of them twice, and the office that compares them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from biometrics.decisions import EnrollmentOutcome
from biometrics.protocols import Progress, no_progress
from enrollment.deduplication.office import DeduplicationOffice
from enrollment.deduplication.records import RunKind
from enrollment.deduplication.state import RunReport, RunState, read_report
from enrollment.enroll import EnrollmentOffice
from enrollment.preparation import prepare
from enrollment.submission import SampleSource, Submission
from registry.location import registry_folder
from registry.store import Registry
from tests.enrollment.fakes import fake_extractors, picture
from tests.enrollment.office import POLICY, open_office

PEOPLE = 11
TWICE = (0, 4, 9)
"""Persons who stand in it a second time under another label."""
EDGE = 4
PLANTED = {(f"{number}", f"{number} again") for number in TWICE}

Named = tuple[str, str, str, str]
"""A reported pair: both labels in order, the finding, the case."""


def enroll(office: EnrollmentOffice, label: str, number: int, capture: int = 0) -> EnrollmentOutcome:
    """Enroll one capture of a person under a label."""
    path = registry_folder(office.registry.home) / "picture.png"
    path.write_bytes(picture(number, capture))
    submission = Submission(label=label, sources=(SampleSource(path=path, origin=label),))
    return office.enroll(prepare(submission, fake_extractors()))


def populate(home: Path) -> None:
    """Enroll everybody."""
    office = open_office(home)
    with office.registry:
        for number in range(PEOPLE):
            enroll(office, f"{number}", number)
        for number in TWICE:
            enroll(office, f"{number} again", number, capture=3)


@contextmanager
def deduplicating(home: Path, edge: int = EDGE) -> Iterator[DeduplicationOffice]:
    """Yield the office of a home, its gallery built anew, which keeps a record of every tile."""
    office = open_office(home)
    with office.registry:
        yield DeduplicationOffice(
            registry=office.registry,
            gallery=office.gallery,
            policy=POLICY,
            folder=home / "dedup",
            edge=edge,
            record_every_s=0.0,
        )


def run(home: Path, kind: RunKind = RunKind.EVERYBODY, progress: Progress = no_progress) -> RunState:
    """Make a whole run."""
    with deduplicating(home) as office:
        return office.run(kind, progress)


def finish(home: Path, run_id: str | None = None) -> RunReport:
    """Go on with a run, by default the last, to its end."""
    with deduplicating(home) as office:
        chosen = run_id or office.store.run_ids()[-1]
        office.resume(chosen)
        return read_report(office.store, chosen)


def named(home: Path, report: RunReport) -> set[Named]:
    """Return the pairs of a report by label."""
    office = open_office(home)
    with office.registry as registry:
        label = {subject.subject_id: subject.label for subject in registry.subjects()}
    found: set[Named] = set()
    for one in report.pairs:
        first, second = sorted((label[one.pair.a], label[one.pair.b]))
        found.add((first, second, one.pair.finding.value, one.case_id))
    return found


def last_report(home: Path) -> RunReport:
    """Read the last run."""
    with deduplicating(home) as office:
        return read_report(office.store, office.store.run_ids()[-1])


def subject(registry: Registry, label: str) -> str:
    """Return who has a label."""
    found = registry.subject_by_label(label)
    assert found is not None
    return found.subject_id


def retire(home: Path, label: str) -> None:
    """Retire all encounters of a person."""
    with Registry.open(home) as registry, registry.writing() as writer:
        for encounter in writer.encounters(subject(registry, label)):
            writer.retire_encounter(encounter.encounter_id)


def merge(home: Path, source: str, target: str) -> None:
    """Record that one person is another."""
    with Registry.open(home) as registry:
        both = subject(registry, source), subject(registry, target)
        with registry.writing() as writer:
            writer.merges.merge(*both, reason="one person")


def add(home: Path, label: str, number: int, capture: int = 0) -> None:
    """Enroll somebody more."""
    office = open_office(home)
    with office.registry:
        enroll(office, label, number, capture)
