"""Whoever comes at the same moment: into overlapping galleries, under one label, and in the same section."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from enrollment.encounters.drafts import Placement
from enrollment.engine.local import LocalService, Owner
from matching.policy import Finding
from registry.store import Registry
from tests.enrollment.encounters.people import CITIZENS, VISA, draft, record, samples

Work = Callable[[LocalService], Any]


def together(owner: Owner, work: Sequence[Work]) -> list[Any]:
    """Do work whose searches have all ended before anything is recorded, in one section and in this order."""
    gathering, answers = owner._recorder.gathering, [None] * len(work)
    gathering._dealing = True  # as if somebody were recording, until all wait

    def do(index: int) -> None:
        answers[index] = work[index](LocalService(owner))

    threads = []
    for index in range(len(work)):
        threads.append(threading.Thread(target=do, args=(index,)))
        threads[-1].start()
        while len(gathering._waiting) <= index and threads[-1].is_alive():
            pass
    with gathering._changed:
        gathering._dealing = False
        gathering._changed.notify_all()
    for thread in threads:
        thread.join()
    return answers


def recording(label: str, number: int, capture: int, **stated: Any) -> Work:
    return lambda service: record(service, label, number, capture, **stated)


def test_one_person_in_overlapping_galleries_is_seen_by_the_second(owner: Owner) -> None:
    first, second, elsewhere = together(
        owner,
        [
            recording("a", 1, 0, galleries=(CITIZENS, VISA)),
            recording("b", 1, 1, galleries=(VISA,)),
            recording("c", 2, 0, galleries=(CITIZENS,)),
        ],
    )
    assert [first.outcome, second.outcome, elsewhere.outcome] == [Finding.UNIQUE, Finding.DUPLICATE, Finding.UNIQUE]


def test_one_label_in_one_section_is_one_person(owner: Owner, registry: Registry) -> None:
    first, alike, other = together(owner, [recording("a", 1, 0), recording("a", 1, 1), recording("a", 2, 0)])
    assert len({one.subject_id for one in (first, alike, other)}) == 1
    assert [one.outcome for one in (first, alike, other)] == [Finding.UNIQUE, Finding.UNIQUE, Finding.REVIEW]


def test_what_a_known_person_brings_is_compared_with_the_next(owner: Owner, registry: Registry) -> None:
    record(LocalService(owner), "a", 1)
    record(LocalService(owner), "z", 7)
    more, other, third = together(owner, [recording("a", 2, 0), recording("b", 2, 1), recording("c", 1, 2)])
    assert (more.outcome, other.outcome, third.outcome) == (Finding.REVIEW, Finding.DUPLICATE, Finding.DUPLICATE)
    enrolled = [event.details for event in registry.events() if event.action == "enrolled"]
    assert [one["gallery_size"] for one in enrolled] == [0, 1, 1, 2, 3]
    assert [one["compared"] for one in enrolled] == [0, 1, 1, 2, 3]
    assert [one["generation"] for one in enrolled] == [0, 1, 2, 3, 4]


def test_a_request_that_comes_twice_at_once_is_recorded_once(owner: Owner, registry: Registry) -> None:
    first, again = together(owner, [recording("a", 1, 0, request="r"), recording("a", 1, 0, request="r")])
    assert first.encounter_id == again.encounter_id and [first.repeated, again.repeated] == [False, True]
    assert registry.counts().encounters == 1


def test_who_is_replaced_is_compared_as_they_are_now(owner: Owner) -> None:
    record(LocalService(owner), "a", 1, name="n")
    replaced, old, new = together(
        owner,
        [
            lambda service: service.replace_encounter(draft("a", 2, 0, name="n")),
            recording("b", 1, 3),
            recording("c", 2, 3),
        ],
    )
    assert [replaced.outcome, old.outcome, new.outcome] == [Finding.REVIEW, Finding.UNIQUE, Finding.DUPLICATE]


def test_who_is_placed_and_who_comes_there_see_each_other(owner: Owner) -> None:
    service = LocalService(owner)
    record(service, "a", 1, galleries=(VISA,), name="n")
    record(service, "b", 2, galleries=(VISA,), name="n")
    placing: Work = lambda one: one.place_encounter(Placement(person="a", name="n", galleries=(CITIZENS,)))  # noqa: E731
    placed, late, early, after = together(
        owner,
        [
            placing,
            recording("c", 1, 1),
            recording("d", 2, 1),
            lambda one: one.place_encounter(Placement(person="b", name="n", galleries=(CITIZENS, VISA))),
        ],
    )
    assert [placed.outcome, late.outcome] == [Finding.UNIQUE, Finding.DUPLICATE]
    assert [early.outcome, after.outcome] == [Finding.UNIQUE, Finding.DUPLICATE]


def test_plain_enrollments_share_the_section(owner: Owner) -> None:
    made, enrolled = together(owner, [recording("a", 1, 0), lambda service: service.enroll(samples("b", 1, 1))])
    assert made.outcome is Finding.UNIQUE and enrolled.of == made.subject_id


def test_many_threads_record_each_person_once(owner: Owner, registry: Registry) -> None:
    galleries = [(CITIZENS,), (VISA,), (CITIZENS, VISA), (VISA, CITIZENS)]

    def one(index: int) -> Any:
        number, capture = divmod(index, 4)
        shared = (CITIZENS, VISA) if capture < 2 else galleries[capture]
        return record(LocalService(owner), f"{number}-{capture}", number, capture, galleries=shared)

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(one, range(16)))
    for number in range(4):
        own = [answer.outcome for answer in made if answer.person.startswith(f"{number}-")]
        assert sorted(outcome.value for outcome in own) == ["duplicate"] * 3 + ["unique"]
