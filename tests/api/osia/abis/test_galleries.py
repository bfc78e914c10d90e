"""Which galleries there are, and who is in them."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.api.osia.abis.conftest import encounter, finger


def test_galleries_hold_what_was_recorded_in_them(client: httpx.Client) -> None:
    recorded = []
    for number in range(3):
        person, name = f"G{number}", f"E{number}"
        sent = encounter(finger(30_000 + number), galleries=["listed"])
        client.post(f"/v1/persons/{person}/encounters/{name}", json=sent).raise_for_status()
        recorded.append({"personId": person, "encounterId": name})

    def content(gallery: str = "listed", **asked: Any) -> Any:
        answer = client.get(f"/v1/galleries/{gallery}", params=client.params.merge(asked))
        assert answer.status_code == 200, answer.text
        return answer.json()

    def by_person(one: dict[str, str]) -> str:
        return one["personId"]

    assert "listed" in client.get("/v1/galleries").json()
    assert sorted(content(), key=by_person) == recorded == sorted(content("ALL"), key=by_person)
    pages = [content(offset=offset, limit=2) for offset in (0, 2, 4)]
    assert [len(page) for page in pages] == [2, 1, 0]
    assert sorted((one for page in pages for one in page), key=by_person) == recorded
    assert content(limit=0) == []


def test_content_comes_as_lines_where_nothing_else_is_accepted(client: httpx.Client) -> None:
    sent = encounter(finger(31_000), galleries=["lines"])
    client.post('/v1/persons/a "b", c/encounters/E1', json=sent).raise_for_status()

    lines = client.get("/v1/galleries/lines", headers={"Accept": "text/csv"})
    both = client.get("/v1/galleries/lines", headers={"Accept": "text/csv, application/json"})

    assert lines.headers["content-type"].startswith("text/csv")
    assert lines.text == 'personId,encounterId\r\n"a ""b"", c",E1\r\n'
    assert both.json() == [{"personId": 'a "b", c', "encounterId": "E1"}]


def test_a_gallery_that_is_not_there_is_not_found(client: httpx.Client) -> None:
    assert client.get("/v1/galleries/nowhere").status_code == 404


@pytest.mark.parametrize("asked", [{"offset": -1}, {"offset": 2**63}, {"limit": -1}, {"limit": 10_001}])
def test_pages_that_are_none_are_forbidden(client: httpx.Client, asked: dict[str, int]) -> None:
    assert client.get("/v1/galleries/ALL", params=client.params.merge(asked)).status_code == 403


@pytest.mark.parametrize("asked", [{"offset": "x"}, {"limit": 1.5}, {"priority": ""}, {"page": 1}])
def test_pages_that_are_not_formed_as_described_are_refused(client: httpx.Client, asked: dict[str, Any]) -> None:
    assert client.get("/v1/galleries/ALL", params=client.params.merge(asked)).status_code == 400
