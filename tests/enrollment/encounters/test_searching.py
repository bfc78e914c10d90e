"""Who is found and verified: by samples or by who is recorded, as far as encounters are active and in use."""

from __future__ import annotations

import pytest

from biometrics.decisions import Reason
from biometrics.errors import ConfigurationError, RecordError, RecordNotFoundError
from biometrics.positions import Modality
from biometrics.records import Actor
from enrollment.encounters.drafts import Placement
from enrollment.encounters.search import PersonSearch, PersonsFound
from enrollment.engine.local import LocalService, Owner
from registry.store import Registry
from tests.enrollment.encounters.people import CITIZENS, VISA, record, samples
from tests.enrollment.fakes import BLANK


def found(answer: PersonsFound) -> list[str]:
    return [one.person for one in answer.found]


def by_samples(number: int, *, limit: int = 10, in_use_only: bool = True, score: float | None = None) -> PersonSearch:
    return PersonSearch(
        galleries=(CITIZENS,),
        prepared=samples("probe", number, 9),
        limit=limit,
        in_use_only=in_use_only,
        least_score=score,
    )


def test_persons_are_found_in_all_galleries_once(service: LocalService, registry: Registry) -> None:
    record(service, "a", 1, galleries=(CITIZENS, VISA))
    record(service, "b", 2, galleries=(VISA,))
    asked = PersonSearch(galleries=(CITIZENS, VISA), prepared=samples("probe", 1, 9), limit=5)
    answer = service.search_persons(asked)
    (person,) = answer.found
    assert (person.person, person.galleries, person.simulated) == ("a", (CITIZENS, VISA), False)
    assert (answer.gallery_size, answer.compared, answer.complete) == (3, 3, True)


def test_the_trail_tells_who_asked_before_anybody_is_answered(owner: Owner, registry: Registry) -> None:
    clerk = Actor(name="clerk", purpose="border")
    first = record(LocalService(owner), "a", 1)
    LocalService(owner, clerk).search_persons(by_samples(1))
    event = registry.events()[-1]
    assert (event.action, event.subject_id, event.actor) == ("person.identified", first.subject_id, clerk)
    assert event.details["galleries"] == [CITIZENS]


def test_pending_and_disused_encounters_find_nobody(service: LocalService) -> None:
    record(service, "disused", 1, in_use=False)
    record(service, "pending", 1, 1)
    assert found(service.search_persons(by_samples(1))) == []
    assert sorted(found(service.search_persons(by_samples(1, in_use_only=False)))) == ["disused", "pending"]


def test_a_person_is_found_by_what_is_in_use_alone(service: LocalService) -> None:
    record(service, "a", 1)
    record(service, "a", 2)  # doubtful, and pending
    assert found(service.search_persons(by_samples(1))) == ["a"]
    assert found(service.search_persons(by_samples(2))) == []
    assert found(service.search_persons(by_samples(2, in_use_only=False))) == ["a"]


def test_the_limit_counts_those_who_count(service: LocalService) -> None:
    for number, used in enumerate((False, False, True)):
        record(service, f"p{number}", 1, number, in_use=used, galleries=(VISA,))
    answer = service.search_persons(
        PersonSearch(galleries=(VISA,), prepared=samples("probe", 1, 9), limit=1, in_use_only=False)
    )
    assert len(answer.found) == 1
    scores = [one.candidate.score for one in answer.found]
    assert scores == sorted(scores, reverse=True)


def test_a_score_makes_a_search_stricter_and_never_laxer(service: LocalService) -> None:
    record(service, "a", 1)
    (person,) = service.search_persons(by_samples(1)).found
    assert found(service.search_persons(by_samples(1, score=person.candidate.score + 0.1))) == []
    assert found(service.search_persons(by_samples(1, score=-500.0))) == ["a"]
    assert found(service.search_persons(by_samples(2, score=-500.0))) == []


def test_a_recorded_person_finds_others_and_not_themselves(service: LocalService) -> None:
    first = record(service, "a", 1, galleries=(CITIZENS,))
    record(service, "b", 1, 1, galleries=(VISA,))
    record(service, "c", 2)
    placed = service.place_encounter(Placement(person="b", name=record_name(service, "b"), galleries=(CITIZENS, VISA)))
    assert placed.case_id is not None
    asked = PersonSearch(galleries=(CITIZENS,), person="a", limit=5)
    answer = service.search_persons(asked)
    assert (found(answer), answer.gallery_size, answer.compared) == (["b"], 2, 2)
    named = PersonSearch(galleries=(CITIZENS,), person="a", encounter=first.name, limit=5)
    assert found(service.search_persons(named)) == ["b"]


def record_name(service: LocalService, label: str) -> str:
    """Return the name of a person's only encounter."""
    with service._owner.registry.reading() as held:
        subject = held.subject_by_label(label)
        assert subject is not None
        (name,) = held.documents.names(subject.subject_id)
    return name


def test_only_what_is_asked_for_is_compared(service: LocalService) -> None:
    record(service, "a", 1, face=True)
    fingers = PersonSearch(
        galleries=(CITIZENS,),
        prepared=samples("probe", 1, 9),
        modalities=frozenset({Modality.FINGER}),
        limit=5,
    )
    assert service.search_persons(fingers).reasons == (Reason.NO_USABLE_SAMPLE,)
    assert service.search_persons(by_samples(BLANK)).reasons == (Reason.NO_FACE,)


def test_questions_that_make_no_sense_are_refused(service: LocalService) -> None:
    record(service, "a", 1)
    probe = samples("probe", 1)
    for wrong in (
        PersonSearch(galleries=(), prepared=probe, limit=1),
        PersonSearch(galleries=(CITIZENS,), limit=1),
        PersonSearch(galleries=(CITIZENS,), prepared=probe, person="a", limit=1),
    ):
        with pytest.raises(RecordError):
            service.search_persons(wrong)
    with pytest.raises(ConfigurationError):
        service.search_persons(PersonSearch(galleries=(CITIZENS,), prepared=probe, limit=0))
    for missing, source in (
        (PersonSearch(galleries=("nowhere",), prepared=probe, limit=1), "nowhere"),
        (PersonSearch(galleries=(CITIZENS,), person="nobody", limit=1), "nobody"),
    ):
        with pytest.raises(RecordNotFoundError) as unknown:
            service.search_persons(missing)
        assert unknown.value.source == source


def test_a_person_is_verified_by_what_is_in_use(service: LocalService) -> None:
    record(service, "a", 1)
    record(service, "a", 2, name="doubtful")
    right, wrong = samples("probe", 1, 9), samples("probe", 2, 9)
    assert service.verify_person(right, "a", CITIZENS).answer.positive
    assert service.verify_person(right, "a", None).answer.positive
    assert not service.verify_person(wrong, "a", CITIZENS).answer.positive
    assert service.verify_person(wrong, "a", CITIZENS, in_use_only=False).answer.positive
    for label, gallery_id in (("nobody", None), ("a", VISA), ("a", "nowhere")):
        with pytest.raises(RecordNotFoundError):
            service.verify_person(right, label, gallery_id)


def test_who_has_nothing_in_use_is_not_verified(service: LocalService) -> None:
    record(service, "a", 1, in_use=False)
    answer = service.verify_person(samples("probe", 1, 9), "a", None).answer
    assert (answer.candidate, answer.positive) == (None, False)
