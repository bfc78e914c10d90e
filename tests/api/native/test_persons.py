"""Persons: found, shown, corrected on the version that was read, merged by two."""

from __future__ import annotations

import base64

import httpx
import pytest

from api.http.clients import Rights
from api.native.models.persons import RECORD
from biometrics.records import ActorRole
from tests.api.native.conftest import House

READ, WRITE, MERGE = "kura.persons.read", "kura.persons.write", "kura.persons.merge"


@pytest.fixture
def clerk(house: House) -> httpx.Client:
    return house.as_("operator", READ, WRITE)


def test_a_record_changes_on_the_version_that_was_read(clerk: httpx.Client) -> None:
    body = {"record": RECORD, "reason": "first statement"}
    assert clerk.get("/persons/P-1/record").status_code == 404
    assert clerk.put("/persons/P-1/record", json=body).status_code == 428
    assert clerk.put("/persons/P-1/record", json=body, headers={"If-Match": '"1"'}).status_code in (404, 412)
    first = clerk.put("/persons/P-1/record", json=body, headers={"If-None-Match": "*"})
    assert (first.status_code, first.headers["etag"], first.json()["version"]) == (200, '"1"', 1)
    assert clerk.put("/persons/P-1/record", json=body, headers={"If-None-Match": "*"}).status_code == 412
    corrected = body | {"record": RECORD | {"sex": "male"}, "reason": "misread"}
    second = clerk.put("/persons/P-1/record", json=corrected, headers={"If-Match": first.headers["etag"]})
    assert (second.headers["etag"], second.json()["record"]["sex"]) == ('"2"', "male")
    assert clerk.put("/persons/P-1/record", json=body, headers={"If-Match": '"1"'}).status_code == 412
    shown = clerk.get("/persons/P-1/record", headers={"If-None-Match": '"2"'})
    assert (shown.status_code, shown.content) == (304, b"")


def test_a_wrong_record_is_no_answer_of_ours(clerk: httpx.Client) -> None:
    wrong = {"record": {"names": [{"kind": "current", "family": "\u202eX"}]}, "reason": "x"}
    refused = clerk.put("/persons/P-1/record", json=wrong, headers={"If-None-Match": "*"})
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/content")
    assert "\u202e" not in refused.text


def test_a_person_is_shown_with_history_and_words(clerk: httpx.Client) -> None:
    clerk.put("/persons/P-1/record", json={"record": RECORD, "reason": "x"}, headers={"If-None-Match": "*"})
    shown = clerk.get("/persons/P-1")
    assert (shown.json()["person"], shown.json()["versions"], shown.json()["words"]) == ("P-1", None, None)
    assert clerk.get("/persons/P-1", headers={"If-None-Match": shown.headers["etag"]}).status_code == 304
    whole = clerk.get("/persons/P-1", params={"history": True, "words": True}, headers={"Accept-Language": "fr"})
    assert len(whole.json()["versions"]) == 1
    assert any("situation" in line for line in whole.json()["words"])
    assert clerk.get("/persons/nobody").status_code == 404


def test_persons_are_found_by_what_the_body_says(clerk: httpx.Client) -> None:
    for label in ("P-1", "P-2"):
        clerk.put(f"/persons/{label}/record", json={"record": RECORD, "reason": "x"}, headers={"If-None-Match": "*"})
    first = clerk.post("/persons/search", json={"name": "Traore", "limit": 1}).json()
    second = clerk.post("/persons/search", json={"name": "Traore", "limit": 1, "cursor": first["next"]}).json()
    assert {one["person"] for one in first["items"] + second["items"]} == {"P-1", "P-2"}
    assert (first["complete"], second["complete"], second["next"]) == (False, True, None)
    assert clerk.post("/persons/search", json={"number": "P-3"}).json()["items"][0]["person"] == "P-3"
    assert clerk.post("/persons/search", json={}).status_code == 422
    assert clerk.post("/persons/search", json={"born_from": "1990-02-30", "born_to": "1990-03-01"}).status_code == 400
    listed = clerk.get("/persons", params={"limit": 2})
    assert (len(listed.json()["items"]), listed.links["next"]["rel"]) == (2, "next")


def test_numbers_guardians_and_events_are_recorded_and_end(clerk: httpx.Client) -> None:
    number = {"scheme": "passport", "value": "AA0123456", "reason": "presented"}
    key = {"Idempotency-Key": "n-1"}
    given = clerk.post("/persons/P-1/numbers", json=number, headers=key)
    assert given.json() == clerk.post("/persons/P-1/numbers", json=number, headers=key).json()
    guardian = clerk.post(
        "/persons/P-2/guardians", json={"relation": "parent", "person": "P-1", "reason": "came together"}
    )
    death = clerk.post("/persons/P-3/life-events", json={"kind": "death", "reason": "certificate"})
    scan = base64.b64encode(b"%PDF-1.7").decode()
    paper = clerk.post("/persons/P-1/evidence", json={"type": "birth_act", "number": "117/1990", "scan": scan})
    excused = {
        "positions": ["left_thumb"],
        "reason": "bandaged",
        "presence": "temporary",
        "approver": "a.second",
        "without_photo": "none to hand",
    }
    exceptions = clerk.post("/persons/P-1/exceptions", json={"exceptions": [excused]})
    assert [one.status_code for one in (given, guardian, death, paper, exceptions)] == [200] * 5
    shown = clerk.get("/persons/P-1").json()
    assert [one["value"] for one in shown["numbers"]] == ["AA0123456"]
    assert [one["positions"] for one in shown["exceptions"]] == [["left_thumb"]]
    assert clerk.get("/persons/P-3").json()["status"] == "deceased"
    reason = {"reason": "wrong"}
    for path, entry in (
        ("/persons/P-1/numbers/{}/end", given),
        ("/persons/P-2/guardians/{}/end", guardian),
        ("/persons/P-3/life-events/{}/annul", death),
    ):
        assert clerk.post(path.format(entry.json()["id"]), json=reason).status_code == 200
    assert clerk.get("/persons/P-3").json()["status"] == "active"
    bad = clerk.post("/persons/P-1/evidence", json={"type": "other", "scan": "not_base64!"})
    assert (bad.status_code, bad.json()["detail"][:4]) == (422, "scan")


def test_a_merge_takes_two_persons_and_can_be_undone(house: House) -> None:
    boss = house.as_("supervisor", MERGE, READ, sub="boss")
    body = {"into": "P-2", "reason": "same prints", "approver": "other"}
    for approver in ("boss", "BOSS", "tester"):
        assert boss.post("/persons/P-1/merge", json=body | {"approver": approver}).status_code == 403
    machine = house.as_("supervisor", MERGE, sub="tester")
    assert machine.post("/persons/P-1/merge", json=body).status_code == 403
    merged = boss.post("/persons/P-1/merge", json=body).json()
    assert (merged["person"], merged["into"], merged["undone_at"]) == ("P-1", "P-2", None)
    undone = boss.post(f"/merges/{merged['merge_id']}/undo", json={"reason": "no"}).json()
    assert undone["undone_at"] is not None
    encounter = boss.get("/persons/P-1").json()["encounters"][0]["encounter"]
    moved = boss.post(f"/encounters/{encounter}/move", json=body)
    assert (moved.status_code, moved.json()["person"]) == (200, "P-2")


def test_reading_takes_a_purpose(house: House) -> None:
    client = house.served.client(READ, prefix="/v1", sub="x", role="operator")
    assert client.get("/persons/P-1").json()["type"] == "/problems/purpose"


def test_a_client_of_some_galleries_sees_nobody_else(house: House) -> None:
    limited = Rights(roles=frozenset(ActorRole), galleries=frozenset({"visa_applicants"}))
    rights = house.served._clients
    assert isinstance(rights, dict)
    rights["consulate"] = limited
    client = house.as_("operator", READ, WRITE, "kura.cases.read", client="consulate")
    assert client.get("/persons/P-1").status_code == 404
    assert client.post("/persons/P-1/numbers", json=_NUMBER).status_code == 404
    for path in ("/persons/{}", "/persons/{}/record"):
        details = {client.get(path.format(person)).json()["detail"] for person in ("P-1", "nobody")}
        assert len(details) == 1  # else it could be told who is known elsewhere
    details = {client.post(f"/persons/{one}/numbers", json=_NUMBER).json()["detail"] for one in ("P-1", "nobody")}
    assert len(details) == 1
    assert client.get("/persons").status_code == 403
    assert client.post("/persons/search", json={"number": "P-1"}).status_code == 403
    assert client.post("/persons/search", json={"number": "P-1", "gallery": "citizens"}).status_code == 404
    found = client.post("/persons/search", json={"number": "P-1", "gallery": "visa_applicants"}).json()
    assert found["items"] == []


_NUMBER = {"scheme": "passport", "value": "AA0123456", "reason": "presented"}
