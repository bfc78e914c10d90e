"""The client against the application itself, and against servers that fail."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from api.client import ApiError, Connection, KuraClient, callback_keys, require_signed
from api.native.models import cases, entries, persons, stations, upkeep
from api.osia.tasks.signatures import Message, SignatureRefusedError, sign_message
from tests.api.http.fixtures import BASE, InProcess
from tests.api.osia.tasks.plain_key import PlainKey
from tests.enrollment.fakes import picture

SCOPES = (
    *("kura.enroll", "kura.identify", "kura.verify", "kura.admin", "kura.galleries.read"),
    *("kura.persons.read", "kura.persons.write", "kura.persons.merge"),
    *("kura.cases.read", "kura.cases.decide", "kura.cases.supervise"),
    *("kura.statistics.read", "kura.audit.read", "kura.deduplications.read", "kura.deduplications.run"),
    *("abis.encounter.read", "abis.encounter.write", "abis.gallery.read", "abis.identify", "abis.verify"),
)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[InProcess]:
    with InProcess(tmp_path / "home", parts=["/v1", "/osia/abis"]) as made:
        yield made


def _client(served: InProcess, role: str, sub: str) -> KuraClient:
    def token() -> str:
        return served.issuer.token(*SCOPES, role=role, sub=sub, purpose="tests")

    return KuraClient(BASE, token, transport=served.transport)


def _pictures(person: int, capture: int = 0) -> list[stations.Picture]:
    data = base64.b64encode(picture(person, capture)).decode()
    return [stations.Picture(data=data, position="right_index")]


def test_a_person_is_enrolled_found_doubted_and_decided(served: InProcess) -> None:
    boss, examiner = _client(served, "supervisor", "boss"), _client(served, "examiner", "eva")
    told = boss.enroll(stations.EnrollAsked(person="P-1", pictures=_pictures(1)))
    assert told.outcome == "unique"
    found = boss.identify(stations.IdentifyAsked(pictures=_pictures(1, 3)))
    assert [one.person for one in found.candidates] == ["P-1"]
    assert boss.verify(stations.VerifyAsked(person="P-1", pictures=_pictures(1, 3))).match
    double = boss.enroll(stations.EnrollAsked(person="P-2", pictures=_pictures(1, 7)))
    assert [one.case_id for one in boss.list_cases(limit="1")] == [double.case]
    held = examiner.take_case()
    assert held is not None
    blind = examiner.case(held.case_id)
    assert isinstance(blind, cases.BlindCaseTold)
    assert examiner.case_picture(held.case_id, blind.samples[0].sha256).startswith(b"\x89PNG")
    examiner.decide(held.case_id, cases.VerdictAsked(outcome="different_persons", reason="other cores"))
    assert isinstance(examiner.case(held.case_id), cases.RevealedCaseTold)
    assert examiner.take_case() is None
    assert boss.explain(held.case_id, language="fr").language == "fr"
    assert boss.reopen(held.case_id, entries.ReasonAsked(reason="a letter")).round == 2


def test_a_person_is_corrected_and_merged(served: InProcess) -> None:
    boss = _client(served, "supervisor", "boss")
    for number in (1, 2):
        boss.enroll(stations.EnrollAsked(person=f"P-{number}", pictures=_pictures(number)))
    asked = persons.RecordAsked(record=persons.RECORD, reason="stated")
    assert boss.correct("P-1", asked, version=0).version == 1
    with pytest.raises(ApiError) as refused:
        boss.correct("P-1", asked, version=7)
    assert (refused.value.status, refused.value.problem) == (412, "changed")
    assert boss.record("P-1").record == persons.RECORD | {"mother": None}
    passport = entries.NumberAsked(scheme="passport", value="AA1", reason="shown")
    boss.record_entry("P-1", "numbers", passport)
    assert [one["value"] for one in boss.person("P-1").numbers] == ["AA1"]
    assert boss.find_persons(persons.FindAsked(name="Traoré")).items[0].person == "P-1"
    merged = boss.merge("P-1", entries.MergeAsked(into="P-2", reason="same", approver="other"))
    assert boss.unmerge(merged.merge_id, entries.ReasonAsked(reason="no")).undone_at is not None
    assert boss.state().counts["subjects"] == 2
    assert {one.gallery for one in boss.galleries().items} == {"citizens", "visa_applicants"}
    assert [one.action for one in boss.audit_events(action="merging.approved", limit=1)] == ["merging.approved"]
    assert boss.statistics(by="day").total["enrolled"] == 2
    run = boss.deduplicate(upkeep.DeduplicateAsked()).run
    assert run is not None
    while boss.deduplication(run).status != "finished":
        time.sleep(0.05)
    assert list(boss.pairs(run)) == []


def test_the_basics_of_osia(served: InProcess) -> None:
    abis = _client(served, "operator", "station").abis
    image = base64.b64encode(picture(5)).decode()
    finger = {"biometricType": "FINGER", "biometricSubType": "RIGHT_INDEX", "image": image, "mimeType": "image/png"}
    created = abis.create(
        {"status": "ACTIVE", "encounterType": "enroll", "galleries": ["citizens"], "biometricData": [finger]}
    )
    person, name = created["personId"], created["encounterId"]
    assert abis.read(person, name)["encounterId"] == name
    assert abis.identify({"filter": {}, "biometricData": [finger]}, gallery="citizens")[0]["personId"] == person
    assert abis.verify({"biometricData": [finger]}, person, gallery="citizens")["decision"] is True
    assert "citizens" in str(abis.galleries())
    abis.delete(person)
    with pytest.raises(ApiError) as refused:
        abis.read(person)
    assert refused.value.status == 404


def _server(*answers: httpx.Response | Exception) -> tuple[Connection, list[httpx.Request], list[float]]:
    asked: list[httpx.Request] = []
    waited: list[float] = []
    left = list(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        told = left.pop(0)
        if isinstance(told, Exception):
            raise told
        return told

    tokens = iter(f"t{number}" for number in range(99))
    transport = httpx.MockTransport(answer)
    return Connection(BASE, lambda: next(tokens), transport=transport, wait=waited.append), asked, waited


def test_what_is_lost_is_sent_again_with_a_fresh_token() -> None:
    busy = httpx.Response(503, headers={"Retry-After": "3"}, json={"type": "/problems/busy", "detail": "busy"})
    connection, asked, waited = _server(httpx.ConnectError("x"), busy, httpx.Response(200, json={}))
    connection.send("POST", "/x", body={"a": 1}, headers={"Idempotency-Key": "k"})
    assert [one.headers["authorization"] for one in asked] == ["Bearer t0", "Bearer t1", "Bearer t2"]
    assert {one.headers["idempotency-key"] for one in asked} == {"k"}
    assert {one.content for one in asked} == {asked[0].content}
    assert 0.5 <= waited[0] <= 1
    assert 3 <= waited[1] <= 4


def test_what_could_be_done_twice_is_not_sent_again() -> None:
    late = httpx.Response(503, json={"type": "/problems/late", "detail": "late"})
    for answer in (httpx.ReadError("x"), late):
        connection, asked, _ = _server(answer)
        with pytest.raises(ApiError):
            connection.send("POST", "/x", repeatable=False)
        assert len(asked) == 1


@pytest.mark.parametrize(
    "make", [lambda: httpx.ReadTimeout("x"), lambda: httpx.Response(429), lambda: httpx.Response(503, text="<html>")]
)
def test_patience_ends(make: Callable[[], httpx.Response | Exception]) -> None:
    connection, asked, _ = _server(*(make() for _ in range(9)))
    with pytest.raises(ApiError):
        connection.send("GET", "/x")
    assert len(asked) == 4


def test_a_redirect_is_not_followed() -> None:
    connection, asked, _ = _server(httpx.Response(302, headers={"Location": "https://elsewhere.example"}))
    with pytest.raises(ApiError):
        connection.send("GET", "/x")
    assert len(asked) == 1


def test_results_are_believed_when_the_server_signed_them() -> None:
    key = PlainKey()
    keys = callback_keys({"keys": [key.public_jwk(), {"kty": "RSA", "kid": "x"}]})
    address, content = "https://client.example/results?transactionId=t&taskId=k", b'{"a": 1}'
    message = Message(method="POST", target_uri=address, content=content)
    headers = sign_message(key, message, content_type="application/json", created_s=int(time.time()))
    require_signed(keys, address, headers, content)
    for place, told in ((address + "x", content), (address, content + b" ")):
        with pytest.raises(SignatureRefusedError):
            require_signed(keys, place, headers, told)
    with pytest.raises(SignatureRefusedError):
        require_signed({}, address, headers, content)
