"""Statistics, the audit trail, deduplications and administration."""

from __future__ import annotations

import time

from api.http.clients import Rights
from biometrics.records import ActorRole
from tests.api.native.conftest import House


def test_statistics_are_for_supervisors(house: House) -> None:
    boss = house.as_("supervisor", "kura.statistics.read")
    told = boss.get("/statistics", params={"by": "day"}).json()
    assert (told["total"]["enrolled"], told["by"], len(told["parts"])) == (3, "day", 1)
    assert boss.get("/statistics", params={"first": "2026-02-30"}).status_code == 400
    assert boss.get("/statistics", params={"first": "2026-02-02", "last": "2026-01-01"}).status_code == 422
    assert boss.get("/statistics", params={"gallery": "nowhere"}).status_code == 404
    assert house.as_("operator", "kura.statistics.read").get("/statistics").json()["type"] == "/problems/role"


def test_the_audit_trail_is_read_page_by_page(house: House) -> None:
    house.as_("operator", "kura.persons.read").get("/persons/P-1")
    boss = house.as_("supervisor", "kura.audit.read")
    read = boss.get("/audit-events", params={"action": "person.read"}).json()["items"]
    assert [(one["actor"], one["purpose"]) for one in read] == [("a.operator", "tests")]
    everything = [one["sequence"] for one in boss.get("/audit-events").json()["items"]]
    found: list[int] = []
    page = boss.get("/audit-events?limit=2&action=enrolled")
    while True:
        found += [one["sequence"] for one in page.json()["items"]]
        if "next" not in page.links:
            break
        page = boss.get("/audit-events" + page.links["next"]["url"])
    assert len(found) == 3
    assert set(found) <= set(everything)


def test_a_deduplication_goes_on_after_the_answer(house: House) -> None:
    house.enroll("P-2-again", 2, 7)
    boss = house.as_("supervisor", "kura.deduplications.read", "kura.deduplications.run")
    begun = boss.post("/deduplications", json={})
    assert begun.status_code == 202
    run = begun.json()["run"]
    assert begun.headers["location"] == f"deduplications/{run}"
    deadline = time.monotonic() + 60
    while boss.get(f"/deduplications/{run}").json()["status"] != "finished":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    pairs = boss.get(f"/deduplications/{run}/pairs").json()["items"]
    assert [(one["a"], one["b"]) for one in pairs] == [("P-2", "P-2-again")]
    assert [one["run"] for one in boss.get("/deduplications").json()["items"]] == [run]
    assert boss.post(f"/deduplications/{run}/resume").status_code == 409
    assert boss.get("/deduplications/20200101-000000-000000").status_code == 404
    assert boss.get("/deduplications/..").status_code in (400, 404)
    assert boss.post("/deduplications", json={"gallery": "nowhere"}).status_code == 404


def test_galleries_are_listed_made_and_kept(house: House) -> None:
    admin = house.as_("operator", "kura.admin", "kura.galleries.read")
    made = admin.post("/galleries", json={"gallery": "residents", "purpose": "residence"})
    assert (made.status_code, made.json()["encounters"]) == (201, 0)
    assert admin.post("/galleries", json={"gallery": "residents", "purpose": "residence"}).status_code == 409
    assert admin.post("/galleries", json={"gallery": "../x", "purpose": "x"}).status_code == 400
    assert admin.get("/galleries/citizens/figures").json()["persons"] == 3
    assert admin.post("/galleries/citizens/snapshot", json={}).json()["snapshot"] is not None
    state = admin.get("/state").json()
    assert (state["counts"]["subjects"], state["tasks"]) == (3, {"to_perform": 0, "to_deliver": 0})
    assert [one["references"] for one in admin.get("/models").json()["items"]] == [3]


def test_a_client_of_some_galleries_administers_none_of_the_others(house: House) -> None:
    rights = house.served._clients
    assert isinstance(rights, dict)
    rights["consulate"] = Rights(roles=frozenset(ActorRole), galleries=frozenset({"visa_applicants"}))
    scopes = ("kura.admin", "kura.galleries.read", "kura.audit.read", "kura.statistics.read", "kura.cases.supervise")
    client = house.as_("supervisor", *scopes, client="consulate")
    assert [one["gallery"] for one in client.get("/galleries").json()["items"]] == ["visa_applicants"]
    assert client.get("/galleries/citizens/figures").status_code == 404
    for path in ("/state", "/models", "/audit-events", "/statistics", "/cases", "/examiners"):
        assert client.get(path).json()["type"] == "/problems/right", path
    assert client.get("/statistics", params={"gallery": "visa_applicants"}).status_code == 200
