"""The whole application: every interface in its place, and not one route that answers without a token."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from api.http.app import PARTS
from tests.api.http.fixtures import InProcess


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcess]:
    with InProcess(tmp_path_factory.mktemp("whole") / "home") as served:
        yield served


@pytest.mark.parametrize("prefix", PARTS)
def test_every_route_asks_for_a_token(whole: InProcess, prefix: str) -> None:
    with whole.client(prefix=prefix) as http, whole.client("no.such.scope", prefix=prefix) as stranger:
        paths = http.get("/openapi.json").json()["paths"]
        assert paths
        for path, operations in paths.items():
            place = re.sub(r"{[^}]+}", "a", path)
            for method in operations.keys() & {"get", "put", "post", "delete", "patch"}:
                without, unfit = http.request(method, place), stranger.request(method, place)
                assert without.status_code in (401, 403), (method, path)
                assert unfit.status_code == 403, (method, path)
                assert without.headers["content-type"].startswith("application/")


@pytest.mark.parametrize("prefix", PARTS)
def test_nothing_is_there_in_the_words_of_each_interface(whole: InProcess, prefix: str) -> None:
    with whole.client(prefix=prefix) as http, whole.client("kura.any", prefix=prefix) as known:
        assert http.get("/no/such/place").status_code in (401, 403)
        assert known.get("/no/such/place").status_code == 404
        shape = known.get("/no/such/place").json().keys()
        assert shape == ({"code", "message"} if "osia" in prefix else {"type", "title", "status", "detail", "instance"})
