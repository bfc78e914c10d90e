"""The contract of the service about encounters: the owner itself and the engine behind its socket answer the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from biometrics.decisions import NotEnrolled, Reason
from biometrics.errors import RecordConflictError, RecordNotFoundError
from biometrics.people.names import PersonName
from biometrics.people.record import PersonRecord
from biometrics.positions import Modality
from biometrics.records import Actor
from enrollment.encounters.drafts import Placement
from enrollment.encounters.search import PersonSearch
from enrollment.engine.local import LocalService
from enrollment.engine.service import EnrollmentService
from matching.policy import Finding
from registry.store import Registry
from tests.enrollment.encounters.people import CITIZENS, NOTHING_CAPTURED, VISA, draft, record, samples
from tests.enrollment.engine.serving import client_of, open_owner, serving
from tests.enrollment.fakes import BLANK

CLERK = Actor(name="clerk-7", purpose="visa")


@pytest.fixture(params=["in process", "over the socket"])
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EnrollmentService]:
    home = tmp_path / "home"
    if request.param == "in process":
        with Registry.open(home) as registry:
            yield LocalService(open_owner(registry), CLERK)
        return
    with serving(home), client_of(home, CLERK) as client:
        yield client


def test_encounters_are_recorded_replaced_placed_searched_and_verified(service: EnrollmentService) -> None:
    first = record(service, "a", 1, name="n", request="r", document='{"x": [1]}')
    assert record(service, "a", 1, name="n", request="r") == replace(first, repeated=True)
    assert service.record_encounter(draft("c", BLANK)) == NotEnrolled(reasons=(Reason.NO_FACE,))
    again = service.replace_encounter(draft("a", 1, 2, name="n"))
    assert not isinstance(again, NotEnrolled) and again.encounter_id != first.encounter_id
    placed = service.place_encounter(Placement(person="a", name="n", galleries=(CITIZENS, VISA)))
    assert placed.outcome is Finding.UNIQUE
    other = record(service, "b", 1, 1, galleries=(CITIZENS, "New"), new_galleries="test")
    assert other.outcome is Finding.DUPLICATE and other.case_id is not None
    asked = PersonSearch(
        galleries=(CITIZENS, VISA),
        prepared=samples("probe", 1, 9),
        modalities=frozenset(Modality),
        limit=3,
        least_score=1.0,
    )
    (person,) = service.search_persons(asked).found
    assert (person.person, person.galleries) == ("a", (CITIZENS, VISA))
    verified = service.verify_person(samples("probe", 1, 9), "a", VISA)
    assert verified.answer.positive and verified.subject.subject_id == first.subject_id


def test_errors_are_the_same_types(service: EnrollmentService) -> None:
    record(service, "a", 1, name="n")
    with pytest.raises(RecordConflictError):
        record(service, "a", 1, 1, name="n")
    with pytest.raises(RecordNotFoundError):
        service.replace_encounter(draft("a", 1, 1, name="other"))
    with pytest.raises(RecordNotFoundError):
        service.verify_person(samples("probe", 1), "nobody", None)


def test_exceptions_and_records_travel_with_a_draft(service: EnrollmentService, tmp_path: Path) -> None:
    none = replace(samples("a", 1), samples=())
    stated = PersonRecord(names=(PersonName(family="Simulated", given="Name"),))
    made = service.record_encounter(replace(draft("a", 1), prepared=none, exceptions=NOTHING_CAPTURED, record=stated))
    assert not isinstance(made, NotEnrolled)
    with Registry.open(tmp_path / "home", create=False) as registry, registry.reading() as held:
        assert len(held.people.exceptions_in(made.encounter_id)) == 11
        current = held.people.current(made.subject_id)
    assert current is not None and current.record == stated
