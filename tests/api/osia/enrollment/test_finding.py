"""Enrollments found by what was stated in them."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.api.http.fixtures import InProcess
from tests.api.osia.enrollment.conftest import PREFIX, SCOPES, asking, path_of


@pytest.fixture(scope="module")
def finder(served: InProcess) -> httpx.Client:
    """A client whose enrollments are A to D, of which D is finalized."""
    client = asking(served, client="finder")
    people: dict[str, dict[str, Any]] = {
        "A": {"biographicData": {"firstName": "John", "dateOfBirth": "1985-11-30", "visits": 3, "resident": True}},
        "B": {"biographicData": {"firstName": "John", "dateOfBirth": "1991-01-01", "visits": 2.5}},
        "C": {"biographicData": ["not", "an", "object"], "enrollmentType": "resident"},
        "D": {"biographicData": {"firstName": "Awa", "nested": {"firstName": "John"}, "long": "x" * 2_000}},
    }
    for name, content in people.items():
        params = {"transactionId": "T1", "finalize": "true" if name == "D" else "false"}
        assert client.post(path_of(name), json=content, params=params).status_code == 204
    return client


def found(client: httpx.Client, *expressions: tuple[str, str, Any], **params: Any) -> list[str]:
    """Return which are found, in the registry's own order: names of enrollments are sealed."""
    body = [{"attributeName": name, "operator": word, "value": value} for name, word, value in expressions]
    answer = client.post("/v1/enrollments", json=body, params={"transactionId": "T1"} | params)
    assert answer.status_code == 200, answer.text
    return [one["enrollmentId"] for one in answer.json()]


@pytest.mark.parametrize(
    ("expressions", "expected"),
    [
        ([], ["A", "B", "C", "D"]),
        ([("firstName", "=", "John")], ["A", "B"]),
        ([("firstName", "!=", "John")], ["D"]),
        ([("firstName", "=", "John"), ("dateOfBirth", "<", "1990-12-31")], ["A"]),
        ([("visits", ">=", 2.5)], ["A", "B"]),
        ([("visits", "<", "3")], ["B"]),
        ([("visits", "=", "3")], ["A"]),
        ([("resident", "=", True)], ["A"]),
        ([("enrollmentType", "=", "resident")], ["C"]),
        ([("status", "=", "FINALIZED")], ["D"]),
        ([("enrollmentId", ">", "B")], ["C", "D"]),
        ([("nested", "=", "John")], []),
        ([("nothing", "!=", "x")], []),
        ([("long", "=", "x" * 2_000)], []),
    ],
)
def test_all_expressions_must_hold(
    finder: httpx.Client, expressions: list[tuple[str, str, Any]], expected: list[str]
) -> None:
    assert sorted(found(finder, *expressions)) == expected


def test_found_enrollments_are_whole(finder: httpx.Client) -> None:
    body = [{"attributeName": "enrollmentType", "operator": "=", "value": "resident"}]
    answer = finder.post("/v1/enrollments", json=body)
    assert answer.json() == [finder.get(path_of("C")).json()]


@pytest.mark.parametrize(
    ("offset", "limit", "places"),
    [(0, 2, [0, 1]), (1, 2, [1, 2]), (3, 100, [3]), (4, 1, []), (0, 0, []), (10**12, 1, [])],
)
def test_pages(finder: httpx.Client, offset: int, limit: int, places: list[int]) -> None:
    everything = found(finder)
    assert found(finder, offset=offset, limit=limit) == [everything[place] for place in places]


def test_a_body_may_be_left_out(finder: httpx.Client) -> None:
    assert sorted(one["enrollmentId"] for one in finder.post("/v1/enrollments").json()) == ["A", "B", "C", "D"]


def test_nobody_finds_what_is_another_clients(finder: httpx.Client, served: InProcess) -> None:
    assert found(asking(served, client="stranger")) == []


@pytest.mark.parametrize("params", [{"offset": -1}, {"limit": -1}, {"limit": 1_001}])
def test_pages_that_cannot_be_answered_are_403(finder: httpx.Client, params: dict[str, int]) -> None:
    assert finder.post("/v1/enrollments", params={"transactionId": "T1", **params}).status_code == 403


@pytest.mark.parametrize(
    "expression",
    [
        {"attributeName": "a", "operator": "~", "value": "x"},
        {"attributeName": "a", "operator": "="},
        {"attributeName": "a", "operator": "=", "value": 3},
        {"attributeName": "a", "operator": "=", "value": 3.0},
        {"attributeName": "a", "operator": "=", "value": None},
        {"attributeName": "a", "operator": "=", "value": ["x"]},
        {"attributeName": 1, "operator": "=", "value": "x"},
        {"attributeName": "a", "operator": "=", "value": "x", "more": 1},
        "a=x",
    ],
)
def test_expressions_are_held_to_the_description(finder: httpx.Client, expression: Any) -> None:
    assert finder.post("/v1/enrollments", json=[expression]).status_code == 400


@pytest.mark.parametrize("params", [{"offset": "x"}, {"limit": "1.5"}, {"limit": ""}])
def test_pages_are_numbers(finder: httpx.Client, params: dict[str, str]) -> None:
    assert finder.post("/v1/enrollments", params={"transactionId": "T1", **params}).status_code == 400


def test_finding_needs_the_right_to_read(served: InProcess) -> None:
    others = asking(served, *sorted(set(SCOPES) - {"enroll.read"}))
    assert others.post("/v1/enrollments").status_code == 403
    assert served.client(prefix=PREFIX).post("/v1/enrollments").status_code == 403
