"""Enrollments that are ready together: one section, one commit, each searched among those before it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from biometrics.decisions import Duplicate, EnrollmentOutcome, Unique
from biometrics.errors import RecordConflictError, StorageError
from biometrics.records import Actor
from enrollment.enroll import EnrollmentOffice
from enrollment.gathering import Gathering
from tests.enrollment.engine.serving import person
from tests.enrollment.office import open_office


@pytest.fixture
def office(tmp_path: Path) -> Iterator[EnrollmentOffice]:
    opened = open_office(tmp_path / "home")
    with opened.registry:
        yield opened


def together(office: EnrollmentOffice, people: Sequence[tuple[str, int, int]], folder: Path) -> list[object]:
    """Enroll people whose searches have all ended before anybody is recorded, in one group; return outcomes, errors."""
    prepared = [person(folder, *one) for one in people]
    arrived = threading.Semaphore(0)
    deal, groups = office._commits._deal, list[int]()

    def counted(group: Sequence[object]) -> Sequence[EnrollmentOutcome | Exception]:
        groups.append(len(group))
        return deal(group)

    office._commits._deal = counted
    office._commits._dealing = True  # as if somebody were recording, until all wait

    def enroll(one: int) -> object:
        arrived.release()
        try:
            return office.enroll(prepared[one], Actor(name=f"clerk-{one}"))
        except (RecordConflictError, StorageError) as error:
            return error

    with ThreadPoolExecutor(len(prepared)) as pool:
        answers = pool.map(enroll, range(len(prepared)))
        while len(office._commits._waiting) < len(prepared):
            pass
        with office._commits._changed:
            office._commits._dealing = False
            office._commits._changed.notify_all()
        found = list(answers)
    assert groups == [len(prepared)]
    return found


def test_twins_in_one_section_see_each_other(office: EnrollmentOffice, tmp_path: Path) -> None:
    office.enroll(person(tmp_path, "before", 9))
    outcomes = together(office, [("A", 1, 0), ("B", 1, 3), ("C", 2, 0), ("D", 1, 5)], tmp_path)
    unique = [one for one in outcomes if isinstance(one, Unique)]
    duplicates = [one for one in outcomes if isinstance(one, Duplicate)]
    assert (len(unique), len(duplicates)) == (2, 2)
    enrolled = [event.details for event in office.registry.events() if event.action == "enrolled"]
    assert [one["generation"] for one in enrolled] == [one["gallery_size"] for one in enrolled] == [0, 1, 2, 3, 4]
    office.follow()
    office.gallery.check(office.registry)
    assert office.registry.check() == []


def test_one_conflict_fails_alone_and_leaves_nothing(office: EnrollmentOffice, tmp_path: Path) -> None:
    outcomes = together(office, [("A", 1, 0), ("A", 2, 0), ("B", 3, 0)], tmp_path)
    assert sorted(type(one).__name__ for one in outcomes) == ["RecordConflictError", "Unique", "Unique"]
    assert {subject.label for subject in office.registry.subjects()} == {"A", "B"}
    assert office.registry.latest_sequence() == 2
    assert not any(fault.severe for fault in office.registry.check())
    assert isinstance(office.enroll(person(tmp_path, "again", 3, 4)), Duplicate)


def test_each_event_names_who_enrolled(office: EnrollmentOffice, tmp_path: Path) -> None:
    outcomes = together(office, [("A", 1, 0), ("B", 2, 0)], tmp_path)
    for number, outcome in enumerate(outcomes):
        assert isinstance(outcome, Unique)
        events = office.registry.events_about(outcome.subject_id)
        assert {event.actor for event in events} == {Actor(name=f"clerk-{number}")}


def test_a_failing_commit_fails_all_and_records_nobody(
    office: EnrollmentOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: object) -> None:
        raise StorageError("disk full")

    monkeypatch.setattr("registry.writing.Writer.finish", full)
    outcomes = together(office, [("A", 1, 0), ("B", 2, 0)], tmp_path)
    assert [type(one) for one in outcomes] == [StorageError, StorageError] and outcomes[0] is not outcomes[1]
    monkeypatch.undo()
    assert office.registry.subjects() == ()


def test_a_gathering_answers_everybody_and_never_more_than_so_many_at_once() -> None:
    sizes: list[int] = []

    def double(group: Sequence[int]) -> list[int | Exception]:
        sizes.append(len(group))
        return [ValueError(str(one)) if one % 7 == 0 else 2 * one for one in group]

    gathering = Gathering(double, 3)

    def ask(one: int) -> int | str:
        try:
            return gathering.ask(one)
        except ValueError as error:
            return str(error)

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(ask, range(500)))
    assert answers == [str(one) if one % 7 == 0 else 2 * one for one in range(500)]
    assert max(sizes) <= 3 and sum(sizes) == 500


def test_an_interrupted_dealer_leaves_nobody_waiting() -> None:
    def interrupted(_: Sequence[int]) -> list[int | Exception]:
        raise KeyboardInterrupt

    gathering: Gathering[int, int] = Gathering(interrupted, 3)
    with pytest.raises(KeyboardInterrupt):
        gathering.ask(1)
    with pytest.raises(KeyboardInterrupt):
        gathering.ask(2)
