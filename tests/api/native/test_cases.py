"""A case from its opening to its end, by three people who may see different things."""

from __future__ import annotations

import pytest

from tests.api.native.conftest import House

READ, DECIDE, SUPERVISE = "kura.cases.read", "kura.cases.decide", "kura.cases.supervise"


@pytest.fixture
def doubled(house: House) -> House:
    """A house where somebody enrolled a second time, so that a case is open."""
    house.enroll("P-1-again", 1, 7)
    return house


def _open_case(house: House) -> str:
    listed = house.as_("supervisor", SUPERVISE).get("/cases").json()["items"]
    assert [(one["person"], one["status"]) for one in listed] == [("P-1-again", "open")]
    return str(listed[0]["case_id"])


def test_who_judges_sees_no_scores_until_the_verdict_and_two_are_needed(doubled: House) -> None:
    case = _open_case(doubled)
    first = doubled.as_("examiner", READ, DECIDE, sub="first")
    assert first.get(f"/cases/{case}").status_code == 403  # not taken yet
    assert first.post("/cases/next").json()["case_id"] == case
    assert [one["case_id"] for one in first.get("/cases/held").json()["items"]] == [case]
    blind = first.get(f"/cases/{case}").json()
    assert set(blind) == {"case_id", "samples", "candidates", "doubts", "outcomes"}
    verdict = {"outcome": "same_person", "candidate": 1, "reason": "the same scar"}
    told = first.post(f"/cases/{case}/verdicts", json=verdict)
    assert (told.status_code, told.json()) == (200, {"case_id": case, "outcome": "same_person"})
    revealed = first.get(f"/cases/{case}").json()
    assert revealed["status"] == "awaiting_second"
    assert revealed["candidates"][0]["score"] > 0

    assert first.put(f"/cases/{case}/assignment", json={}).status_code == 403  # one gives one verdict
    second = doubled.as_("examiner", READ, DECIDE, sub="second")
    assert second.put(f"/cases/{case}/assignment", json={}).json()["examiner"] == "second"
    assert "verdicts" not in second.get(f"/cases/{case}").json()
    assert second.post(f"/cases/{case}/verdicts", json=verdict).status_code == 200
    boss = doubled.as_("supervisor", SUPERVISE, READ)
    closed = boss.get("/cases", params={"status": "closed"}).json()["items"]
    assert [(one["case_id"], one["outcome"]) for one in closed] == [(case, "same_person")]
    again = boss.post(f"/cases/{case}/reopen", json={"reason": "a letter came"})
    assert again.json() == {"case_id": case, "round": 2}


def test_pictures_are_shown_to_who_holds_the_case_alone(doubled: House) -> None:
    case = _open_case(doubled)
    examiner = doubled.as_("examiner", READ, DECIDE)
    examiner.post("/cases/next")
    sample = examiner.get(f"/cases/{case}").json()["candidates"][0]["samples"][0]
    path = f"/cases/{case}/pictures/{sample['sha256']}"
    shown = examiner.get(path)
    assert shown.headers["content-type"] == "image/png"
    assert shown.content.startswith(b"\x89PNG")
    assert examiner.get(path, headers={"If-None-Match": shown.headers["etag"]}).status_code == 304
    assert doubled.as_("examiner", READ, sub="other").get(path).status_code == 403
    assert examiner.get(f"/cases/{case}/pictures/{'0' * 64}").status_code == 403


def test_an_explanation_speaks_the_language_that_is_asked_for(doubled: House) -> None:
    case = _open_case(doubled)
    clerk = doubled.as_("operator", READ)
    french = clerk.get(f"/cases/{case}/explanation", headers={"Accept-Language": "fr-ML"})
    english = clerk.get(f"/cases/{case}/explanation")
    assert (french.headers["content-language"], english.headers["content-language"]) == ("fr", "en")
    assert french.json()["explanation"] != english.json()["explanation"]
    assert doubled.as_("examiner", READ).get(f"/cases/{case}/explanation").status_code == 403


def test_a_system_decides_no_case(doubled: House) -> None:
    case = _open_case(doubled)
    machine = doubled.as_("examiner", READ, DECIDE, sub="tester")  # the client's own name
    for answer in (
        machine.post("/cases/next"),
        machine.put(f"/cases/{case}/assignment", json={}),
        machine.post(f"/cases/{case}/verdicts", json={"outcome": "unfounded", "reason": "x"}),
    ):
        assert answer.status_code == 403
        assert answer.json()["type"] == "/problems/role"


def test_a_verdict_under_a_key_is_given_once(doubled: House) -> None:
    case = _open_case(doubled)
    examiner = doubled.as_("examiner", READ, DECIDE)
    examiner.post("/cases/next")
    verdict, key = {"outcome": "different_persons", "reason": "the cores differ"}, {"Idempotency-Key": "v-1"}
    first = examiner.post(f"/cases/{case}/verdicts", json=verdict, headers=key)
    again = examiner.post(f"/cases/{case}/verdicts", json=verdict, headers=key)
    assert (first.status_code, first.json()) == (again.status_code, again.json()) == (200, again.json())
    other = examiner.post(f"/cases/{case}/verdicts", json=verdict | {"reason": "another"}, headers=key)
    assert other.status_code == 422
    assert examiner.post(f"/cases/{case}/verdicts", json=verdict).status_code == 409  # closed


def test_cases_are_listed_page_by_page(house: House) -> None:
    for person in (1, 2, 3):
        house.enroll(f"again-{person}", person, 7)
    boss = house.as_("supervisor", SUPERVISE)
    everything = [one["case_id"] for one in boss.get("/cases").json()["items"]]
    assert len(everything) == 3
    found, address = [], "/cases?limit=1"
    while True:
        page = boss.get(address)
        found += [one["case_id"] for one in page.json()["items"]]
        if "next" not in page.links:
            break
        address = "/cases" + page.links["next"]["url"]
    assert found == everything
    assert boss.get("/cases?limit=1&priority=normal&cursor=" + _cursor(boss.get("/cases?limit=1"))).status_code == 400


def _cursor(page: object) -> str:
    return str(page.json()["next"])  # type: ignore[attr-defined]
