"""OSIA Enrollment in the process of the tests, with extractors that read who is shown from the first pixels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import httpx
import pytest

from api.http.clients import Rights
from tests.api.http.fixtures import InProcess

PREFIX = "/osia/enrollment"
SCOPES = ("enroll.read", "enroll.write", "enroll.buf.read", "enroll.buf.write")

_numbers = count(1)

Ask = Callable[..., httpx.Response]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcess]:
    clients = {"visa_office": Rights(galleries=frozenset({"visa_applicants"}), per_minute=100_000)}
    home = tmp_path_factory.mktemp("enrollment") / "home"
    with InProcess(home, parts=[PREFIX], clients=clients, server={"most_body_mb": 1}) as opened:
        yield opened


@pytest.fixture(scope="module")
def client(served: InProcess) -> httpx.Client:
    return asking(served)


@pytest.fixture
def draft_id() -> str:
    """An identifier that no other test uses."""
    return f"E-{next(_numbers)}"


def asking(served: InProcess, *scopes: str, **claims: Any) -> httpx.Client:
    """Return a client that names its transaction in every request."""
    client = served.client(*(scopes or SCOPES), prefix=PREFIX, **claims)
    client.params = httpx.QueryParams({"transactionId": "T1"})
    return client


def path_of(draft_id: str, *more: str) -> str:
    return "/".join(("/v1/enrollments", draft_id, *more))
