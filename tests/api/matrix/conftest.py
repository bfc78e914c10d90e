from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from api.http.clients import DEVELOPMENT
from tests.api.http.fixtures import InProcess
from tests.api.matrix.endpoints import Endpoint, endpoints
from tests.api.matrix.objects import OTHER_GALLERY, SCOPES, Population, populate

ELSEWHERE = replace(DEVELOPMENT, galleries=frozenset({OTHER_GALLERY}), creates_galleries=False)
ORDINARY = replace(DEVELOPMENT, one_to_many=False, authorisation=None, scores=False)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcess]:
    home = tmp_path_factory.mktemp("matrix") / "home"
    clients = {"elsewhere": ELSEWHERE, "ordinary": ORDINARY}
    with InProcess(home, clients=clients) as served:
        yield served


@pytest.fixture(scope="module")
def population(service: InProcess) -> Population:
    with service.client(SCOPES) as client:
        return populate(client)


@pytest.fixture(scope="module")
def routes(service: InProcess) -> tuple[Endpoint, ...]:
    found = tuple(endpoints(service.app))
    assert len(found) > 60
    return found
