"""After the load: whether everybody whose enrollment was acknowledged is really there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import httpx

from benchmarks.load.answers import Answered, acknowledged_enrollments
from benchmarks.load.bodies import enrollment_path, identification_body, identification_path
from benchmarks.load.people import LoadPerson
from biometrics.protocols import Progress


def lost_people(
    answers: Sequence[Answered], people: Mapping[str, LoadPerson], client: httpx.Client, progress: Progress
) -> tuple[str, ...]:
    """Return who was acknowledged and cannot be read, or is not found by other impressions of the same fingers."""
    enrolled = acknowledged_enrollments(answers)
    lost = []
    for number, one in enumerate(enrolled):
        if not (_recorded(one.person, client) and _found(one.person, people[one.of], client)):
            lost.append(one.person)
        progress(number + 1, len(enrolled), "enrollments looked for")
    return tuple(lost)


def _recorded(person: str, client: httpx.Client) -> bool:
    answer = client.get(enrollment_path(person), params={"transactionId": f"check {person}"})
    return answer.status_code == 200 and len(answer.json()) == 1


def _found(name: str, person: LoadPerson, client: httpx.Client) -> bool:
    """Search by the second visit, which nobody was enrolled with."""
    # Whoever waits for a verdict is searched, but not in use; their record was read, and a search that finds the same
    # person under the other name shows that the fingers are in the gallery.
    names = {name, person.label, f"{person.label}-AGAIN"}
    answer = client.post(
        identification_path(),
        content=identification_body(person.visits[1]),
        params={"transactionId": f"find {name}"},
        headers={"Content-Type": "application/json"},
    )
    return answer.status_code == 200 and not names.isdisjoint(found["personId"] for found in answer.json())
