"""Long lists are read page by page, and nothing is missed between two pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from biometrics.records import Actor, EncounterStatus
from registry.listing import EventsPage, ListedEvent, ListedPerson, PeoplePage
from registry.store import Registry
from tests.registry.people import enroll

START = datetime(2026, 1, 31, 12, tzinfo=UTC)


def people(opened: Registry, asked: PeoplePage) -> tuple[ListedPerson, ...]:
    with opened.reading() as record:
        return record.lists.people(asked)


def events(opened: Registry, asked: EventsPage) -> tuple[ListedEvent, ...]:
    with opened.reading() as record:
        return record.lists.events(asked)


def numbers(opened: Registry, asked: EventsPage) -> list[int]:
    return [one.event.sequence for one in events(opened, asked)]


def test_pages_of_people_hold_everybody_once(registry: Registry) -> None:
    recorded = {enroll(registry, f"person {number}").subject_id for number in range(7)}
    found: list[str] = []
    while page := people(registry, PeoplePage(after=found[-1] if found else "", limit=3)):
        found += [one.subject.subject_id for one in page]
    assert found == sorted(recorded)


def test_people_are_listed_with_where_their_encounters_stand(registry: Registry) -> None:
    first = enroll(registry, "one")
    with registry.writing() as writer:
        writer.retire_encounter(first.encounter_id)
    (one,) = people(registry, PeoplePage(limit=5))
    assert (one.subject, one.encounters) == (registry.subject(first.subject_id), (EncounterStatus.RETIRED,))


@pytest.fixture
def told(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> Registry:
    """Return a registry with an event per hour, by two actors in turn, about three subjects in turn."""
    with registry.writing() as writer:
        for number in range(12):
            monkeypatch.setattr("registry.audit.now_utc", lambda number=number: START + timedelta(hours=number))
            with writer.attempt(Actor(name=f"actor {number % 2}")):
                writer.append_event(f"action {number % 4}", f"subject {number % 3}", {"number": number})
    return registry


def test_pages_of_events_hold_every_event_once(told: Registry) -> None:
    found: list[int] = []
    while page := numbers(told, EventsPage(since=found[-1] if found else 0, limit=5)):
        found += page
    assert found == list(range(1, 13))


def test_events_are_chosen_by_whom_by_what_and_about_whom(told: Registry) -> None:
    assert numbers(told, EventsPage(actor="actor 1", limit=3)) == [2, 4, 6]
    assert numbers(told, EventsPage(action="action 3", limit=9)) == [4, 8, 12]
    assert numbers(told, EventsPage(about="subject 2", since=3, limit=9)) == [6, 9, 12]
    assert numbers(told, EventsPage(about="subject 0", actor="actor 0", action="action 2", limit=9)) == [7]
    assert numbers(told, EventsPage(about="nobody", limit=9)) == []


@pytest.mark.parametrize(("hours", "first"), [(-5, 1), (0, 1), (0.5, 2), (4, 5), (11, 12), (12, 13)])
def test_events_are_found_from_a_moment_on(told: Registry, hours: float, first: int) -> None:
    at = START + timedelta(hours=hours)
    assert numbers(told, EventsPage(at=at, limit=20)) == list(range(first, 13))
    assert numbers(told, EventsPage(at=at, since=6, limit=20)) == list(range(max(first, 7), 13))


def test_an_event_says_whether_it_is_about_a_simulated_person(registry: Registry) -> None:
    enroll(registry, "one")
    with registry.writing() as writer:
        writer.append_event("a test", None, {})
    assert [one.simulated for one in events(registry, EventsPage(limit=9))] == [True, False]
