"""What the trail keeps of answers that were computed, and what is not told of people who are locked."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from biometrics.errors import RestrictedError
from biometrics.records import Actor, ActorRole
from enrollment.encounters.search import PersonSearch
from enrollment.engine.local import LocalService, Owner
from enrollment.engine.service import Verified
from registry.rights.actions import RESTRICTION_MET
from registry.store import Registry
from tests.enrollment.encounters.people import CITIZENS, draft, record, samples
from tests.enrollment.fakes import FACE_FORMAT

BOSS = Actor(name="boss", role=ActorRole.SUPERVISOR)
BANK = Actor(name="bank", role=ActorRole.SYSTEM, purpose="accounts", client="bank")


def lock(registry: Registry, subject_id: str) -> None:
    with registry.writing(BOSS) as writer:
        writer.rights.restrict(subject_id, purpose=None, reason="contested")


@pytest.mark.parametrize(("number", "answer"), [(1, "yes"), (2, "no")])
def test_a_verification_tells_what_was_compared_and_no_score(
    owner: Owner, registry: Registry, number: int, answer: str
) -> None:
    known = record(LocalService(owner), "a", 1)
    LocalService(owner, BANK).verify_person(samples("probe", number, 9), "a", None)
    event = registry.events()[-1]
    assert (event.action, event.subject_id, event.actor) == ("person.verified", known.subject_id, BANK)
    assert event.details == {
        "persons": 1,
        "answer": answer,
        "compared": ["face"],
        "reasons": [],
        "policy": "test",
        "largest_fmr": 1e-3,
        "models": {"face": FACE_FORMAT.model_id},
        "calibrations": {"face": "simulated"},
    }


def test_both_ways_to_verify_tell_the_same(owner: Owner, registry: Registry) -> None:
    record(LocalService(owner), "a", 1)
    ways: tuple[Callable[[], Verified], ...] = (
        lambda: LocalService(owner).verify(samples("probe", 1, 9), "a"),
        lambda: LocalService(owner).verify_person(samples("probe", 1, 9), "a", None),
    )
    for ask in ways:
        ask()
    first, second = registry.events()[-2:]
    assert first.details == second.details and first.details["answer"] == "yes"


def test_what_has_nothing_in_common_is_no_no(owner: Owner, registry: Registry) -> None:
    record(LocalService(owner), "a", 1, in_use=False)
    LocalService(owner, BANK).verify_person(samples("probe", 1, 9), "a", None)
    assert registry.events()[-1].details["answer"] == "not_comparable"


def test_a_search_that_finds_nobody_tells_by_which_rule(owner: Owner, registry: Registry) -> None:
    service = LocalService(owner, BANK)
    record(LocalService(owner), "a", 1)
    service.search_persons(PersonSearch(galleries=(CITIZENS,), prepared=samples("probe", 7), limit=5))
    by_person = registry.events()[-1]
    service.identify(samples("probe", 7), 5)
    for event in (by_person, registry.events()[-1]):
        assert (event.action, event.subject_id, event.actor) == ("person.identified", None, BANK)
        told = event.details
        assert (told["answer"], told["compared"], told["gallery_size"], told["complete"]) == (
            "nobody",
            ["face"],
            1,
            True,
        )
        assert (told["policy"], told["models"]) == ("test", {"face": FACE_FORMAT.model_id})


def test_who_is_locked_is_left_out_of_a_search_that_says_it_is_not_complete(owner: Owner, registry: Registry) -> None:
    office = LocalService(owner)
    locked, other = record(office, "locked", 1), record(office, "other", 1, 1)
    lock(registry, locked.subject_id)
    asked = PersonSearch(galleries=(CITIZENS,), prepared=samples("probe", 1, 9), limit=5, in_use_only=False)
    for actor, seen in ((BANK, ["other"]), (BOSS, ["locked", "other"])):
        service = LocalService(owner, actor)
        since = len(registry.events())
        found, named = service.search_persons(asked), service.identify(samples("probe", 1, 9), 5)
        assert sorted(one.person for one in found.found) == sorted(one.label for one in named.subjects) == seen
        assert named.answer.found is not None
        assert [one.subject_id for one in named.answer.found.candidates] == [one.subject_id for one in named.subjects]
        assert (found.withheld, named.answer.found.complete) == (actor is BANK, actor is not BANK)
        events = registry.events()[since:]
        met = [one for one in events if one.action == RESTRICTION_MET]
        assert {one.subject_id for one in met} == ({locked.subject_id} if actor is BANK else set())
        told = [one for one in events if one.subject_id == other.subject_id]
        assert [one.details["complete"] for one in told] == [actor is not BANK] * 2


def test_a_search_for_who_is_locked_and_a_comparison_are_refused(owner: Owner, registry: Registry) -> None:
    known = record(LocalService(owner), "a", 1)
    lock(registry, known.subject_id)
    service = LocalService(owner, BANK)
    with pytest.raises(RestrictedError):
        service.search_persons(PersonSearch(galleries=(CITIZENS,), person="a", limit=5))
    with pytest.raises(RestrictedError):
        service.verify_person(samples("probe", 1, 9), "a", None)
    assert {one.action for one in registry.events()[-2:]} == {RESTRICTION_MET}


def test_a_lock_hides_nobody_from_whoever_enrolls(owner: Owner, registry: Registry) -> None:
    known = record(LocalService(owner), "a", 1)
    lock(registry, known.subject_id)
    again = LocalService(owner, BANK).record_encounter(draft("b", 1, 3))
    assert getattr(again, "case_id", None) is not None
