"""What is listed, and what the audit trail says about those who asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from biometrics.errors import RecordNotFoundError
from enrollment.operations.listing import LIST_EVENTS
from registry.listing import EventsPage
from registry.store import Registry
from tests.registry.people import enroll
from tests.registry.statements import OPERATOR, dump, simulated_number


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    with Registry.open(tmp_path / "home") as opened:
        yield opened


def test_events_about_a_person_are_found_by_any_name_and_the_trail_tells_the_identifier(registry: Registry) -> None:
    subject_id = enroll(registry, "person").subject_id
    enroll(registry, "other")
    with registry.writing(OPERATOR) as writer:
        writer.people.give_number(subject_id, simulated_number(), reason="x")
    for named in (subject_id, "person", "SIMULATED-1"):
        told = LIST_EVENTS.perform(registry, OPERATOR, EventsPage(about=named, limit=100))
        assert told and {one.subject_id for one in told} == {subject_id}
        last = registry.events()[-1]
        assert (last.action, last.subject_id) == ("trail.read", subject_id)
        assert "SIMULATED" not in str(last)


def test_events_about_nobody_are_refused_and_the_trail_keeps_nothing_of_what_was_typed(registry: Registry) -> None:
    before = dump(registry)
    with pytest.raises(RecordNotFoundError):
        LIST_EVENTS.perform(registry, OPERATOR, EventsPage(about="SIMULATED nobody", limit=100))
    assert dump(registry) == before
