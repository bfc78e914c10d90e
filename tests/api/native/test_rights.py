"""People's rights over HTTP: who may ask, decide, approve; a lock closes reads; an erasure ends with a certificate."""

from __future__ import annotations

import base64
from datetime import date

import httpx
import pytest

from api.http.clients import Rights
from api.rights.certificate import signed_content
from api.rights.rounds import make_round
from biometrics.records import ActorRole
from biometrics.samples import now_utc
from biometrics.signing.signer import Purpose
from enrollment.engine.local import LocalService
from registry.statistics import Asked as Selected
from tests.api.native.conftest import House
from tests.enrollment.fakes import picture

REQUEST = {"kind": "access", "identity_check": "biometric", "asked": "Je veux savoir."}
LOCK = {"reason": "the person contests the record"}


def test_a_request_is_received_listed_and_answered(house: House) -> None:
    desk = house.as_("operator", "kura.rights.write", "kura.rights.read")
    boss = house.as_("supervisor", "kura.rights.read", "kura.rights.decide")
    asked = desk.post("/persons/P-1/rights/requests", json=REQUEST).json()
    assert (asked["kind"], asked["state"], asked["received_by"]) == ("access", "received", "a.operator")
    assert [one["request_id"] for one in boss.get("/rights/requests").json()["items"]] == [asked["request_id"]]
    assert boss.get("/rights/requests?overdue=true").json()["items"] == []
    path = f"/rights/requests/{asked['request_id']}/answer"
    refusal = {"decision": "refused", "answer": "non"}
    assert desk.post(path, json=refusal).status_code == 403
    assert boss.post(path, json=refusal).json()["type"] == "/problems/forbidden"
    assert boss.post(path, json=refusal | {"approver": "a.supervisor"}).json()["type"] == "/problems/forbidden"
    answered = boss.post(path, json=refusal | {"approver": "b.supervisor"}).json()
    assert (answered["decision"], answered["approved_by"]) == ("refused", "b.supervisor")
    assert boss.post(path, json=refusal | {"approver": "b.supervisor"}).status_code == 409
    assert [one["decision"] for one in boss.get("/persons/P-1/rights").json()["requests"]] == ["refused"]


def test_who_is_locked_is_not_told_to_operators_and_clients(house: House) -> None:
    reader = house.as_("operator", "kura.persons.read")
    boss = house.as_("supervisor", "kura.rights.decide", "kura.persons.read")
    assert reader.get("/persons/P-1").status_code == 200
    placed = boss.post("/persons/P-1/rights/restrictions", json=LOCK).json()
    refused = reader.get("/persons/P-1")
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/forbidden")
    assert "P-1" not in refused.text
    assert reader.get("/persons/P-2").status_code == 200
    assert boss.get("/persons/P-1").status_code == 200
    lift = f"/rights/restrictions/{placed['restriction_id']}/lift"
    assert boss.post(lift, json=LOCK | {"approver": "a.supervisor"}).status_code == 403
    assert boss.post(lift, json=LOCK | {"approver": "b.supervisor"}).json()["lifted_by"] == "a.supervisor"
    assert reader.get("/persons/P-1").status_code == 200


def test_a_search_leaves_out_who_is_locked(house: House) -> None:
    boss = house.as_("supervisor", "kura.rights.decide", "kura.persons.read")
    boss.post("/persons/P-1/rights/restrictions", json=LOCK)
    asked = {"number": "P-1"}
    assert house.as_("operator", "kura.persons.read").post("/persons/search", json=asked).json()["items"] == []
    assert len(boss.post("/persons/search", json=asked).json()["items"]) == 1


def test_a_list_keeps_the_place_of_who_is_locked_and_not_the_name(house: House) -> None:
    boss = house.as_("supervisor", "kura.rights.decide", "kura.persons.read")
    boss.post("/persons/P-1/rights/restrictions", json=LOCK)
    named = [one["person"] for one in boss.get("/persons").json()["items"]]
    shown = [one["person"] for one in house.as_("operator", "kura.persons.read").get("/persons").json()["items"]]
    assert "P-1" in named and "P-1" not in shown
    assert [one for one in shown if not one.startswith("withheld/")] == [one for one in named if one != "P-1"]


def test_an_objection_closes_one_purpose(house: House) -> None:
    boss = house.as_("supervisor", "kura.rights.decide")
    boss.post("/persons/P-1/rights/restrictions", json=LOCK | {"purpose": "tests"})
    assert house.as_("operator", "kura.persons.read").get("/persons/P-1").status_code == 403
    other = house.served.client("kura.persons.read", prefix="/v1", sub="x", role="operator", purpose="justice")
    assert other.get("/persons/P-1").status_code == 200


def test_everything_about_a_person_in_french(house: House) -> None:
    desk = house.as_("operator", "kura.rights.read", "kura.rights.write")
    desk.post("/persons/P-1/rights/requests", json=REQUEST)
    told = desk.get("/persons/P-1/rights/access").json()
    titles = [one["title"] for one in told["sections"]]
    assert "Consultations et modifications" in titles and "Vos droits" in titles
    assert told["data"]["persons"][0]["person"] == "P-1"
    assert "a.operator" not in str(told) and "o.operator" not in str(told)
    keys = house.served.registry.signing.trusted()
    assert keys.verify(told["signature"], signed_content(told), Purpose.EXPORTS, now=now_utc())
    printed = desk.get("/persons/P-1/rights/access.pdf")
    assert printed.headers["content-type"] == "application/pdf" and printed.content.startswith(b"%PDF-")


def test_an_erasure_takes_two_and_no_hold(house: House) -> None:
    boss = house.as_("supervisor", "kura.rights.decide", "kura.rights.erase", "kura.persons.read")
    held = boss.post("/persons/P-1/rights/holds", json={"reference": "act 12", "reason": "inquiry"}).json()
    asked = {"basis": "loi 2013-015", "approver": "b.supervisor"}
    assert boss.post("/persons/P-1/rights/erasure", json=asked).status_code == 409
    end = {"reason": "closed", "approver": "b.supervisor"}
    boss.post(f"/rights/holds/{held['hold_id']}/lift", json=end)
    assert boss.post("/persons/P-1/rights/erasure", json=asked | {"approver": "a.supervisor"}).status_code == 403
    assert house.as_("operator", "kura.rights.erase").post("/persons/P-1/rights/erasure", json=asked).status_code == 403
    done = boss.post("/persons/P-1/rights/erasure", json=asked).json()
    assert (done["state"], done["removed"]["subjects"], done["approved_by"]) == ("done", 1, "b.supervisor")
    assert boss.get("/persons/P-1").status_code == 404
    assert boss.get(f"/rights/erasures/{done['erasure_id']}").json()["state"] == "done"
    assert house.served.registry.check() == []


def test_an_erasure_outlasts_its_request(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    boss = house.as_("supervisor", "kura.rights.erase", "kura.persons.read")
    asked = {"basis": "loi 2013-015", "approver": "b.supervisor"}
    begun = boss.post("/persons/P-1/rights/erasure", json=asked, headers={"Prefer": "wait=9, respond-async"})
    told = begun.json()
    assert (begun.status_code, told["state"]) == (202, "accepted")
    shown = boss.get(str(httpx.URL("http://x/v1/persons/P-1/rights/erasure").join(begun.headers["location"])))
    assert (shown.status_code, shown.json()["erasure_id"]) == (200, told["erasure_id"])
    owner = LocalService(house.served.owner)
    make_round(owner.call, house.served.desk.home)
    assert boss.get(f"/rights/erasures/{told['erasure_id']}").json()["state"] == "done"
    with monkeypatch.context() as patched:
        patched.setattr(type(house.served.registry._database), "clean_up", lambda _: False)
        kept = boss.post("/persons/P-2/rights/erasure", json=asked)
    assert (kept.status_code, kept.json()["state"]) == (202, "records_gone")
    done = boss.post(f"/persons/{kept.json()['subject_id']}/rights/erasure", json=asked)
    assert (done.status_code, done.json()["state"]) == (200, "done")
    assert house.served.registry.check() == []


def test_notices_are_read_and_given(house: House) -> None:
    desk = house.as_("operator", "kura.enroll", "kura.persons.read")
    items = desk.get("/rights/notices").json()["items"]
    assert {one["language"]: one["draft"] for one in items} == {"fr": False, "en": False, "bm": True}
    (encounter,) = desk.get("/persons/P-1").json()["encounters"]
    path = f"/encounters/{encounter['encounter']}/notice"
    given = desk.post(path, json={"notice": "enrollment", "language": "bm"}).json()
    assert given["sha256"] == next(one["sha256"] for one in items if one["language"] == "bm")
    assert desk.post(path, json={"notice": "enrollment", "language": "bm"}).status_code == 200
    assert desk.post(path, json={"notice": "enrollment", "language": "fr"}).status_code == 409
    assert desk.post(path, json={"notice": "nothing", "language": "fr"}).status_code == 404


def test_a_notice_comes_with_the_enrollment_and_can_be_demanded(house: House) -> None:
    station = house.served.client("kura.enroll", prefix="/v1", sub="o", purpose="tests")
    pictures = [{"data": base64.b64encode(picture(30)).decode(), "position": "right_index"}]
    body = {"person": "N-30", "pictures": pictures}
    (house.served.desk.home / "rights.toml").write_text("[notices]\nrequired = true\n", encoding="utf-8")
    refused = station.post("/enrollments", json=body, headers={"Idempotency-Key": "n-1"})
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/content")
    unknown = body | {"notice": {"notice": "nothing", "language": "fr"}}
    assert station.post("/enrollments", json=unknown, headers={"Idempotency-Key": "n-2"}).status_code == 404
    said = body | {"notice": {"notice": "enrollment", "language": "bm"}}
    told = station.post("/enrollments", json=said, headers={"Idempotency-Key": "n-3"}).json()
    with house.served.registry.reading() as record:
        (given,) = record.rights.notices([told["encounter"]])
    assert (given.notice, given.language) == ("enrollment", "bm")


def test_a_client_abroad_is_refused_or_flagged(house: House) -> None:
    rights = house.served._clients
    assert isinstance(rights, dict)
    rights["bank"] = Rights(roles=frozenset(ActorRole), country="FRA")
    rights["embassy"] = Rights(roles=frozenset(ActorRole), country="FRA", transfer_authorisation="act 9")
    said = {"prefix": "/v1", "sub": "x", "role": "operator", "purpose": "tests"}
    refused = house.served.client("kura.persons.read", client="bank", **said).get("/persons/P-1")
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/right")
    assert house.served.client("kura.persons.read", client="embassy", **said).get("/persons/P-1").status_code == 200
    with house.served.registry.reading() as record:
        (transfer,) = record.rights.transfers()
        counts = record.statistics.activities(Selected(first=date(2000, 1, 1), last=date(2100, 1, 1)))[0].counts
    assert (counts["abroad"], counts["abroad.FRA"]) == (1, 1)
    assert house.served.registry.check() == []
    assert (transfer.client, transfer.country, transfer.calls) == ("embassy", "FRA", 1)


def test_the_reasoning_of_a_no_is_given_to_the_person(house: House) -> None:
    client = house.served.client("kura.verify", "kura.identify", prefix="/v1", sub="x", purpose="tests")
    pictures = [{"data": base64.b64encode(picture(2, 3)).decode(), "position": "right_index"}]
    told = client.post("/verifications", json={"person": "P-1", "pictures": pictures}).json()
    assert told["match"] is False
    desk = house.as_("operator", "kura.rights.read")
    (item,) = desk.get("/persons/P-1/rights/results?language=en").json()["items"]
    text = " ".join(item["paragraphs"])
    assert "The answer was no" in text and "right index finger" in text
    assert str(told["evidence"]["score"]) not in text
    assert desk.get(f"/persons/P-1/rights/results?event={item['event']}").json()["items"][0]["event"] == item["event"]
    assert desk.get(f"/persons/P-2/rights/results?event={item['event']}").status_code == 404
    assert desk.get("/persons/P-2/rights/results").json()["items"] == []
    access = desk.get("/persons/P-1/rights/access").json()
    assert [one["event"] for one in access["data"]["results"]] == [item["event"]]
    assert any("La réponse a été non" in line for one in access["sections"] for line in one["paragraphs"])


def test_who_is_locked_is_not_listed_and_not_denied(house: House) -> None:
    pictures = [{"data": base64.b64encode(picture(1, 3)).decode(), "position": "right_index"}]
    client = house.served.client("kura.identify", prefix="/v1", purpose="tests")
    assert client.post("/identifications", json={"pictures": pictures}).json()["found"] is True
    boss = house.as_("supervisor", "kura.rights.decide")
    boss.post("/persons/P-1/rights/restrictions", json=LOCK)
    found = client.post("/identifications", json={"pictures": pictures})
    assert (found.status_code, found.json()["found"], found.json()["complete"]) == (200, False, False)
    assert "P-1" not in found.text
