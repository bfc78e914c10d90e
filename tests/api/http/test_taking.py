"""Bodies, queries and paths: what is taken, and what is refused before anybody works on it."""

from __future__ import annotations

import json

import httpx
import pytest

from tests.api.http.asking import json_kind, kind, merge
from tests.api.http.fixtures import InProcess

READ, WRITE = "things.read", "things.write"
THING = {"name": "a", "size": 3}


@pytest.mark.parametrize(
    ("content", "headers", "expected"),
    [
        (b'{"name": "a", "name": "b"}', json_kind(), (400, "json")),
        (b'{"name": "a\\u0000"}', json_kind(), (422, "unusable")),
        (b'{"name": "a", "size": 9223372036854775808}', json_kind(), (422, "unusable")),
        (b'{"name": NaN}', json_kind(), (400, "json")),
        (b'{"name": "a"} x', json_kind(), (400, "json")),
        (b"", json_kind(), (400, "invalid")),
        (b"{}", json_kind(), (400, "invalid")),
        (b'{"name": "a", "more": 1}', json_kind(), (400, "invalid")),
        (b'{"name": 7}', json_kind(), (400, "invalid")),
        (b"[]", json_kind(), (400, "invalid")),
        (b"null", json_kind(), (400, "invalid")),
        (b'{"name": "a"}', json_kind("text/plain"), (415, "media")),
        (b'{"name": "a"}', json_kind("application/jsonp"), (415, "media")),
        (b'{"name": "a"}', json_kind("application/merge-patch+json"), (415, "media")),
        (b'{"name": "a"}', json_kind("application/json; charset=latin-1"), (415, "media")),
        (b'{"name": "a"}', {}, (415, "media")),
        (b'{"name": "a"}', json_kind() | {"Content-Encoding": "gzip"}, (415, "media")),
        (b'"' + b"a" * (1 << 20) + b'"', json_kind(), (413, "large")),
    ],
)
def test_bodies_that_are_not_taken(
    served: InProcess, content: bytes, headers: dict[str, str], expected: tuple[int, str]
) -> None:
    with served.client(READ, WRITE) as http:
        assert kind(http.put("/t/things/a", content=content, headers=headers)) == expected


@pytest.mark.parametrize("value", ["application/json", "Application/JSON", 'application/json; charset="UTF-8"'])
def test_json_by_its_names(served: InProcess, value: str) -> None:
    with served.client(READ, WRITE) as http:
        assert http.put("/t/things/a", content=json.dumps(THING), headers=json_kind(value)).status_code == 200


def test_merge_patches_are_read_strictly_too(served: InProcess) -> None:
    with served.client(WRITE) as http:
        assert kind(http.patch("/t/things/a", content=b'{"a": 1, "a": 2}', headers=merge())) == (400, "json")


def test_other_bodies_are_read_whole(served: InProcess) -> None:
    with served.client(WRITE) as http:
        for named in ("image/png", "application/octet-stream"):
            assert http.post("/t/things/a/pictures", content=b"abc", headers=json_kind(named)).json() == 3
        assert http.post("/t/things/a/pictures", content=b"{'}", headers=json_kind("application/json; x=y")).json() == 3
        assert kind(http.post("/t/things/a/pictures", content=b"{}", headers=json_kind("text/csv"))) == (415, "media")
        assert kind(http.post("/t/things/a/pictures", content=b"{}", headers=json_kind("imagex/png"))) == (415, "media")


def test_a_fault_says_where_and_never_what(served: InProcess) -> None:
    with served.client(READ, WRITE) as http:
        answer = http.put("/t/things/a", json={"name": "a", "size": "Maria Example"})
    assert answer.json()["detail"] == "body.size: Input should be a valid integer"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("size=3&size=4", (400, "invalid")),
        ("other=3", (400, "invalid")),
        ("size=%ff", (400, "invalid")),
        ("size=%00", (422, "unusable")),
        ("size=%", (400, "invalid")),
        ("size=a", (400, "invalid")),
        ("size", (400, "invalid")),
        ("s%69ze=3", None),
        ("", None),
        ("&", None),
    ],
)
def test_query_strings(served: InProcess, query: str, expected: tuple[int, str] | None) -> None:
    with served.client(READ) as http:
        answer = http.get(httpx.URL(f"/t/things/a?{query}"))
    assert (answer.status_code == 200) if expected is None else (kind(answer) == expected)


def test_lists_and_models_of_parameters_are_known(served: InProcess) -> None:
    with served.client(READ) as http:
        assert http.get("/t/things/a/found?tag=x&tag=y&first=2").json() == [["x", "y"], 2]
        assert http.get("/t/things/a/filtered?tag=x&tag=y&first=2").json() == [2, ["x", "y"]]
        assert kind(http.get("/t/things/a/filtered?first=1&first=2")) == (400, "invalid")
        assert kind(http.get("/t/things/a/filtered?more=1")) == (400, "invalid")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("%00", (422, "unusable")),
        ("a%0Ab", (422, "unusable")),
        ("%7f", (422, "unusable")),
        ("a%2Fb", (404, "unknown")),
        ("a%2Ffound", (422, "unusable")),
        ("a%5cb", (422, "unusable")),
        ("%2e%2e", (422, "unusable")),
        ("%ff", (400, "path")),
        ("%zz", (400, "path")),
    ],
)
def test_hostile_paths(served: InProcess, name: str, expected: tuple[int, str]) -> None:
    with served.client(READ) as http:
        request = http.build_request("GET", "/t/things/a")
        raw = f"/t/things/{name}".encode()
        request.url = httpx.URL("http://kura.example").copy_with(raw_path=raw)
        answer = http.send(request)
    assert kind(answer) == expected


def test_paths_may_be_in_any_script(served: InProcess) -> None:
    with served.client(READ) as http:
        assert http.get("/t/things/Ωmega é").json()["name"] == "Ωmega é"
