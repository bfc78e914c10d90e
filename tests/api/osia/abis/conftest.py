"""OSIA Biometrics in the process of the tests, with extractors that read who is shown from the first pixels."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import httpx
import pytest

from api.http.clients import DEVELOPMENT, Rights
from api.osia.abis.table import GALLERIES, IDENTIFY, READ, VERIFY, WRITE
from tests.api.http.fixtures import InProcess
from tests.enrollment.fakes import picture

PREFIX = "/osia/abis"
SCOPES = (READ, WRITE, IDENTIFY, VERIFY, GALLERIES, "abis.task.read", "abis.task.update")

VISA = "visa_office"
"""A client that sees one gallery, and neither scores nor pictures."""

_numbers = count(1)

Ask = Callable[..., httpx.Response]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcess]:
    clients = {
        VISA: Rights(galleries=frozenset({"visa"}), per_minute=100_000, one_to_many=True, authorisation="agreement 7"),
        "border": Rights(per_minute=100_000),
    }
    home = tmp_path_factory.mktemp("abis") / "home"
    with InProcess(home, parts=[PREFIX], clients=clients) as opened:
        yield opened


@pytest.fixture(scope="module")
def client(served: InProcess) -> httpx.Client:
    return asking(served)


def asking(served: InProcess, *scopes: str, **claims: Any) -> httpx.Client:
    """Return a client that names its transaction in every request."""
    client = served.client(*(scopes or SCOPES), prefix=PREFIX, **claims)
    client.params = httpx.QueryParams({"transactionId": "T1"})
    return client


@pytest.fixture
def somebody() -> int:
    """Return a number of a person whom no other test uses."""
    return next(_numbers)


def text_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


def finger(person: int, capture: int = 0, **more: Any) -> dict[str, Any]:
    """Return biometric data with a person's right index finger."""
    image = text_of(picture(person, capture))
    return {"biometricType": "FINGER", "biometricSubType": "RIGHT_INDEX", "image": image} | more


def face(person: int, capture: int = 0, **more: Any) -> dict[str, Any]:
    """Return biometric data with a person's face."""
    image = text_of(picture(person, capture, color=True))
    return {"biometricType": "FACE", "biometricSubType": "PORTRAIT", "image": image} | more


def encounter(*data: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return an encounter as a client sends it."""
    sent = {"status": "ACTIVE", "encounterType": "enrollment", "galleries": ["citizens"], "biometricData": list(data)}
    return sent | more


def rights(**changed: Any) -> Rights:
    """Return the rights of development, changed."""
    return Rights(**{name: getattr(DEVELOPMENT, name) for name in Rights.__slots__} | changed)
