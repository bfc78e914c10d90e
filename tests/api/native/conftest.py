"""One home with people of fake extractors, and a doubtful one, served in the process of the tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from biometrics.positions import Modality, Position
from biometrics.records import Actor
from enrollment.preparation import ReceivedImage, prepare_received
from tests.api.http.fixtures import InProcess
from tests.enrollment.fakes import fake_extractors, picture

PEOPLE = {"P-1": 1, "P-2": 2, "P-3": 3}


@dataclass(frozen=True)
class House:
    """A served home, and clients in the capacities that its tests need."""

    served: InProcess

    def as_(self, role: str, *scopes: str, sub: str | None = None, **claims: str) -> httpx.Client:
        """Return a client of a person in a role."""
        name = sub or f"a.{role}"
        return self.served.client(*scopes, prefix="/v1", sub=name, role=role, purpose="tests", **claims)

    def enroll(self, label: str, person: int, capture: int = 0) -> None:
        """Enroll somebody by the fake extractors."""
        image = ReceivedImage(
            data=picture(person, capture), modality=Modality.FINGER, position=Position.RIGHT_INDEX, origin=label
        )
        prepared = prepare_received(label, [image], fake_extractors())
        self.served.desk.service(Actor(name="o.operator")).enroll(prepared)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with InProcess(tmp_path / "home", parts=["/v1"]) as served:
        house = House(served)
        for label, person in PEOPLE.items():
            house.enroll(label, person)
        yield house
