"""Nobody learns anything about a person that the audit trail does not tell of."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from biometrics.errors import BiometricsError, RecordNotFoundError
from biometrics.records import Actor, Subject
from registry.access import MOST_NAMED, PERSON_READ, PERSONS_LISTED
from registry.reading import Reader
from registry.store import Registry
from registry.tables.core import audit_events
from tests.registry.people import enroll
from tests.registry.raw import plain_connection

READER = Actor(name="examiner", purpose="a request of the person")

CONSULTED = "personal: shown to people through Registry.consult alone"
DECIDING = "personal: read by the software to decide and record, which leaves its own event"
MATCHING = "personal: read to build galleries, which leaves an event with counts"
IMPERSONAL = "numbers, model names, galleries: about nobody"

DOORS = {
    "active_references": IMPERSONAL,
    "active_subjects": IMPERSONAL,
    "case": CONSULTED,
    "case_of_encounter": CONSULTED,
    "cases": CONSULTED,
    "changed_subjects": DECIDING,
    "changes_between": MATCHING,
    "changes_since": MATCHING,
    "count_due": IMPERSONAL,
    "count_unreplaced": IMPERSONAL,
    "counts": IMPERSONAL,
    "encounter": CONSULTED,
    "encounter_digests": DECIDING,
    "encounter_references": CONSULTED,
    "encounters": CONSULTED,
    "events": CONSULTED,
    "events_about": CONSULTED,
    "latest_sequence": IMPERSONAL,
    "mark": IMPERSONAL,
    "models_in_use": IMPERSONAL,
    "reconcile": CONSULTED,
    "references": CONSULTED,
    "staged": DECIDING,
    "subject": CONSULTED,
    "subject_by_label": CONSULTED,
    "subjects": CONSULTED,
    "unreplaced": DECIDING,
    "adjudication.deciding": DECIDING,
    "adjudication.examiner_errors": CONSULTED,
    "adjudication.find": CONSULTED,
    "adjudication.held": CONSULTED,
    "adjudication.judging": CONSULTED,
    "adjudication.select": CONSULTED,
    "adjudication.view": CONSULTED,
    "answers.find": DECIDING,
    "documents.by_request": DECIDING,
    "documents.in_gallery": CONSULTED,
    "documents.named": DECIDING,
    "documents.names": DECIDING,
    "documents.of": CONSULTED,
    "documents.of_subject": CONSULTED,
    "documents.usable": DECIDING,
    "drafts.buffer": CONSULTED,
    "drafts.buffers": CONSULTED,
    "drafts.find": CONSULTED,
    "drafts.page": CONSULTED,
    "extraction.last_exchange": IMPERSONAL,
    "extraction.tally": IMPERSONAL,
    "extraction.unextracted": DECIDING,
    "extraction.unusable": CONSULTED,
    "extraction.waiting": IMPERSONAL,
    "galleries.known": IMPERSONAL,
    "galleries.names": IMPERSONAL,
    "galleries.require": IMPERSONAL,
    "lists.events": CONSULTED,
    "lists.people": CONSULTED,
    "merges.about": CONSULTED,
    "merges.find": CONSULTED,
    "merges.standing": CONSULTED,
    "merges.survivor": CONSULTED,
    "people.cases": CONSULTED,
    "people.current": CONSULTED,
    "people.evidence": CONSULTED,
    "people.exceptions": CONSULTED,
    "people.exceptions_in": CONSULTED,
    "people.file": CONSULTED,
    "people.files": CONSULTED,
    "people.find": CONSULTED,
    "people.guardians": CONSULTED,
    "people.holders": DECIDING,
    "people.life_events": CONSULTED,
    "people.numbers": CONSULTED,
    "people.search": CONSULTED,
    "people.versions": CONSULTED,
    "signing.in_use": IMPERSONAL,
    "signing.known": IMPERSONAL,
    "signing.trusted": IMPERSONAL,
    "signing.waiting_receipts": DECIDING,
    "rights.due_notifications": IMPERSONAL,
    "rights.erasures": IMPERSONAL,
    "rights.expired": DECIDING,
    "rights.family": DECIDING,
    "rights.find_erasure": IMPERSONAL,
    "rights.find_request": DECIDING,
    "rights.holds": CONSULTED,
    "rights.last_run": IMPERSONAL,
    "rights.notices": CONSULTED,
    "rights.require_plausible_clock": IMPERSONAL,
    "rights.require_usable": DECIDING,
    "rights.requests": CONSULTED,
    "rights.restrictions": CONSULTED,
    "rights.retention_runs": IMPERSONAL,
    "rights.transfers": IMPERSONAL,
    "rights.waiting_requests": CONSULTED,
    "rights.withheld": DECIDING,
    "statistics.activities": CONSULTED,
    "statistics.backlog": IMPERSONAL,
    "tasks.find": DECIDING,
    "tasks.unfinished": DECIDING,
    "transfer.count_subjects": IMPERSONAL,
    "transfer.find_import": IMPERSONAL,
    "transfer.last_event": IMPERSONAL,
    "transfer.persons": CONSULTED,
    "transfer.subjects_after": DECIDING,
}
"""Through which door each question to the registry passes; a new question fails the test until it is here."""


def questions(record: Reader) -> Iterator[str]:
    """Yield the public methods of a reader and of everything that hangs on it."""
    yield from (name for name, _ in inspect.getmembers(type(record), callable) if not name.startswith("_"))
    for part, reader in vars(record).items():
        if not part.startswith("_"):
            methods = inspect.getmembers(type(reader), callable)
            yield from (f"{part}.{name}" for name, _ in methods if not name.startswith("_"))


def test_every_question_passes_a_known_door(registry: Registry) -> None:
    with registry.reading() as record:
        assert sorted(questions(record)) == sorted(DOORS)


API = Path(__file__).resolve().parents[2] / "api"

EXCUSED = {
    "demo": "shows simulated people only",
    "pages/pair_views.py": "kura dedup run asks for everybody in the pairs before it draws them",
}


def test_no_command_asks_beside_the_door() -> None:
    personal = {name.rsplit(".")[-1] for name, door in DOORS.items() if door is CONSULTED} | {"sample_bytes"}
    beside = []
    for path in sorted(API.rglob("*.py")):
        name = path.relative_to(API).as_posix()
        if not name.startswith(tuple(EXCUSED)):
            beside += [f"{name}: {called}" for called in _asked_of_a_registry(path) if called in personal]
    assert beside == []


def _asked_of_a_registry(path: Path) -> Iterator[str]:
    """Yield what a module asks of a registry or of a section, but for what it lets `consult` ask."""
    tree = ast.parse(path.read_text())
    excused = {
        id(call)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "consult"
        for call in ast.walk(node)
    }
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Attribute)
            and id(node) not in excused
            and isinstance(node.value, ast.Name | ast.Attribute)
        ):
            asked = node.value.id if isinstance(node.value, ast.Name) else ast.unparse(node.value).split(".")[0]
            if asked in ("registry", "record", "snapshot", "writer", "reader"):
                yield node.attr


def test_the_answer_comes_after_the_event(registry: Registry) -> None:
    encounter = enroll(registry, "one")
    since = registry.counts().events
    found = registry.consult(READER, PERSON_READ, [encounter.subject_id], lambda record: record.subjects())
    (event,) = registry.events(since)
    assert [subject.label for subject in found] == ["one"]
    assert (event.action, event.subject_id, event.actor) == (PERSON_READ, encounter.subject_id, READER)
    assert event.details == {"persons": 1}


def test_whom_an_answer_is_about_may_follow_from_it(registry: Registry) -> None:
    people = [enroll(registry, f"person {number}").subject_id for number in range(3)]

    def named(found: tuple[Subject, ...]) -> list[str]:
        return [subject.subject_id for subject in found]

    since = registry.counts().events
    registry.consult(READER, PERSONS_LISTED, named, lambda record: record.subjects())
    events = registry.events(since)
    assert sorted(event.subject_id or "" for event in events) == sorted(people)
    assert {event.details["persons"] for event in events} == {3}


def test_a_long_list_is_one_event_that_proves_who_was_on_it(registry: Registry) -> None:
    since = registry.counts().events
    named = [f"subject {number}" for number in range(MOST_NAMED + 1)]
    for order in (named, named[::-1]):
        registry.consult(READER, PERSONS_LISTED, order, lambda record: None)
    first, second = registry.events(since)
    assert (first.subject_id, first.details["persons"]) == (None, MOST_NAMED + 1)
    assert first.details == second.details and "subject 1" not in str(first.details)


def test_a_search_in_vain_leaves_an_event_too(registry: Registry) -> None:
    registry.consult(READER, PERSONS_LISTED, (), lambda record: record.subjects())
    (event,) = registry.events()
    assert (event.subject_id, event.details) == (None, {"persons": 0})


def test_there_is_no_answer_when_the_event_cannot_be_recorded(registry: Registry) -> None:
    encounter = enroll(registry, "one")
    answers: list[Subject] = []

    def consult(ask: Callable[[Reader], Subject]) -> None:
        answers.append(registry.consult(READER, PERSON_READ, [encounter.subject_id], ask))

    with plain_connection(registry) as connection:
        connection.exec_driver_sql(f"ALTER TABLE {audit_events.name} RENAME TO out_of_reach")
        with pytest.raises(BiometricsError):
            consult(lambda record: record.subject(encounter.subject_id))
        connection.exec_driver_sql(f"ALTER TABLE out_of_reach RENAME TO {audit_events.name}")
    assert answers == []
    consult(lambda record: record.subject(encounter.subject_id))
    assert [subject.label for subject in answers] == ["one"]


def test_a_question_that_fails_leaves_no_event(registry: Registry) -> None:
    with pytest.raises(RecordNotFoundError):
        registry.consult(READER, PERSON_READ, ["nobody"], lambda record: record.subject("nobody"))
    assert registry.events() == ()
