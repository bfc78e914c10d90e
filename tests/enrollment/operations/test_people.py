"""Operations on persons travel whole between processes, and of several at once one is the first."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from biometrics.errors import RecordConflictError
from biometrics.people.identifiers import IdentifierScheme, PersonNumber
from enrollment.engine.codec import codec_of, decode, encode
from enrollment.operations.operation import Operation
from enrollment.operations.people import PEOPLE, CorrectPerson, GiveNumber, ShowPerson, correct, give_number, show
from registry.store import Registry
from tests.registry.people import enroll
from tests.registry.statements import OPERATOR, stated
from tests.registry.test_people_files import fill

AT_ONCE = 8


@pytest.mark.parametrize("operation", PEOPLE, ids=lambda one: one.name)
def test_what_is_asked_and_answered_can_travel(operation: Operation[Any, Any]) -> None:
    assert codec_of(operation.asked)
    assert codec_of(operation.answered)


def test_a_shown_person_arrives_as_it_was_sent(tmp_path: Path) -> None:
    with Registry.open(tmp_path / "home") as registry:
        encounter, other = enroll(registry, "person", seed=1), enroll(registry, "other", seed=2)
        with registry.writing(OPERATOR) as writer:
            fill(writer.people, encounter, 0)
            writer.merges.merge(other.subject_id, encounter.subject_id, reason="one person")
        for name in ("person", "other"):
            shown = show(registry, OPERATOR, ShowPerson(person=name))
            parts: list[bytes] = []
            tree = encode(shown, type(shown), parts)
            assert decode(tree, type(shown), parts) == shown
            assert shown.survivor == encounter.subject_id
        assert [event.action for event in registry.events()[-2:]] == ["person.read"] * 2


def test_of_simultaneous_corrections_of_a_version_one_is_recorded(tmp_path: Path) -> None:
    with Registry.open(tmp_path / "home") as registry:
        subject_id = enroll(registry, "person").subject_id

        def attempt(place: int) -> int | None:
            asked = CorrectPerson(
                person=subject_id, record=stated(f"Xhɛq{'a' * place}"), expected_version=version, reason="x"
            )
            try:
                return correct(registry, OPERATOR, asked)
            except RecordConflictError:
                return None

        for version in range(5):
            with ThreadPoolExecutor(AT_ONCE) as threads:
                outcomes = list(threads.map(attempt, range(1 + version * AT_ONCE, 1 + (version + 1) * AT_ONCE)))
            assert sorted(filter(None, outcomes)) == [version + 1]
        with registry.reading() as record:
            assert len(record.people.versions(subject_id)) == 5
        assert registry.check() == []


def test_of_simultaneous_gifts_of_a_number_one_is_recorded(tmp_path: Path) -> None:
    number = PersonNumber(scheme=IdentifierScheme.SIMULATED, value="SIMULATED-1")
    with Registry.open(tmp_path / "home") as registry:
        everybody = [enroll(registry, f"person {place}", seed=place).subject_id for place in range(AT_ONCE)]

        def attempt(subject_id: str) -> str | None:
            try:
                give_number(registry, OPERATOR, GiveNumber(person=subject_id, number=number, reason="x"))
            except RecordConflictError:
                return None
            return subject_id

        with ThreadPoolExecutor(AT_ONCE) as threads:
            (winner,) = filter(None, threads.map(attempt, everybody))
        with registry.reading() as record:
            assert record.people.find("SIMULATED-1") == winner
        assert registry.check() == []
