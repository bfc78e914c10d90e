"""Yes or no: everything stated agrees with the record, or something does not, and the answer does not say what."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from typing import Any

import httpx
import pytest

from api.osia.tasks.keys import public_key, published_keys
from tests.api.http.fixtures import InProcess
from tests.api.osia.thirdparty.conftest import AWA, PREFIX, PURPOSE, SCOPES, VISITOR, asking
from tests.enrollment.fakes import BLANK, picture
from tests.registry.statements import fake_nina

RIGHT = {"firstName": "Vljɔ", "lastName": "XHƐQŊ", "dateOfBirth": "1974-03-05", "gender": "F", "nationality": "MLI"}


def finger(person: int, capture: int = 1, **more: Any) -> dict[str, Any]:
    image = base64.b64encode(picture(person, capture)).decode()
    stated = {"biometricType": "FINGER", "biometricSubType": "RIGHT_INDEX", "image": image, "resolution": 500}
    return stated | more


def verify(client: httpx.Client, identifier: str = "awa", content: Any = None, **params: str) -> httpx.Response:
    told = {"transactionId": "T1", "verificationProofRequired": "false"} | params
    return client.post(f"/v1/verify/{identifier}", json=content, params=told)


def decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def code(answer: httpx.Response) -> int:
    assert answer.status_code == 200, answer.text
    return int(answer.json()["verificationCode"])


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"biographicData": RIGHT}, 1),
        ({"biographicData": {"firstName": "vljɔ"}}, 1),
        ({"biographicData": {**RIGHT, "firstName": "Vljo"}}, 0),
        ({"biographicData": {**RIGHT, "dateOfBirth": "1974-03-06"}}, 0),
        ({"biographicData": {**RIGHT, "gender": "M"}}, 0),
        ({"biometricData": [finger(AWA)]}, 1),
        ({"biometricData": [finger(VISITOR)]}, 0),
        ({"biometricData": [finger(AWA)], "biographicData": RIGHT}, 1),
        ({"biometricData": [finger(VISITOR)], "biographicData": RIGHT}, 0),
        ({"biometricData": [finger(AWA)], "biographicData": {"nationality": "FRA"}}, 0),
    ],
)
def test_everything_stated_must_agree(bank: httpx.Client, content: dict[str, Any], expected: int) -> None:
    answer = verify(bank, content=content)
    assert code(answer) == expected
    assert answer.json().keys() == {"verificationCode", "verificationMessage"}


@pytest.mark.parametrize(
    "content", [{"biographicData": {**RIGHT, "gender": "M"}}, {"biometricData": [finger(VISITOR)]}]
)
def test_a_no_does_not_say_what_differs_but_to_those_who_may_see_scores(
    served: InProcess, bank: httpx.Client, content: dict[str, Any]
) -> None:
    assert verify(bank, content=content).json()["verificationMessage"] == "something stated does not agree"
    inspector = asking(served, client="inspector")  # not listed: development rights
    (given,) = content
    named = "gender" if given == "biographicData" else "biometricData"
    assert verify(inspector, content=content).json()["verificationMessage"].endswith(f": {named}")


@pytest.mark.parametrize(
    ("identifier", "kind", "status"),
    [
        ("awa", None, 200),
        ("awa", "uin", 200),
        ("awa", "personId", 200),
        (fake_nina().value, None, 200),
        (fake_nina().value, "NINA", 200),
        (fake_nina().value, "PASSPORT", 404),
        ("awa", "NINA", 404),
        ("nobody", None, 404),
        ("awa", "token", 403),
        ("awa", "credentialNumber", 403),
    ],
)
def test_identifiers_count_in_their_own_kind(
    bank: httpx.Client, identifier: str, kind: str | None, status: int
) -> None:
    params = {} if kind is None else {"identifierType": kind}
    assert verify(bank, identifier, {"biographicData": RIGHT}, **params).status_code == status


def test_people_of_other_galleries_are_unknown(served: InProcess) -> None:
    embassy = asking(served, client="embassy")
    assert verify(embassy, "awa", {"biometricData": [finger(AWA)]}).status_code == 404
    assert code(verify(embassy, "visitor", {"biometricData": [finger(VISITOR)]})) == 1


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"biographicData": {}, "biometricData": []},
        {"biographicData": {"surname": "x"}},
        {"biographicData": {"firstName": ""}},
        {"biographicData": {"firstName": 1}},
        {"biographicData": {"dateOfBirth": "05/03/1974"}},
        {"biographicData": {"gender": "female?"}},
        {"biographicData": {"nationality": None}},
        {"biographicData": RIGHT, "contactData": {"email": "x"}},
        {"biographicData": RIGHT, "credentialData": [{"credentialNumber": "1"}]},
        {"biographicData": RIGHT, "encryption": {"type": "JWE", "scope": "$"}},
        {"biographicData": RIGHT, "integrity": [{"scope": "$", "alg": "SHA256", "hash": "0"}]},
        {"biometricData": [finger(BLANK)]},
        {"biometricData": [finger(AWA, image="no picture")]},
        {"biometricData": [finger(AWA, biometricSubType="LEFT_THUMB")]},
        {"biometricData": [finger(AWA, biometricType="IRIS", biometricSubType="EYE_LEFT")]},
    ],
)
def test_what_cannot_be_compared_is_no_answer(bank: httpx.Client, content: dict[str, Any]) -> None:
    refused = verify(bank, content=content)
    assert refused.status_code == 403, refused.text
    assert refused.json()["code"] == 40320


@pytest.mark.parametrize(
    "content", [None, [], {"unknown": 1}, {"biographicData": []}, {"biometricData": [{}]}, {"contactData": "x"}]
)
def test_what_the_description_does_not_allow_is_400(bank: httpx.Client, content: Any) -> None:
    assert verify(bank, content=content).status_code == 400


def test_the_purpose_is_the_clients_and_is_in_the_trail(served: InProcess, bank: httpx.Client) -> None:
    assert verify(asking(served, purpose=None), content={"biographicData": RIGHT}).status_code == 403
    assert verify(asking(served, purpose="curiosity"), content={"biographicData": RIGHT}).status_code == 403
    before = len(served.registry.events())
    assert code(verify(bank, content={"biographicData": RIGHT})) == 1
    verify(bank, "nobody", {"biographicData": RIGHT})
    found, missed = served.registry.events()[before:]
    assert found.actor is not None and missed.actor is not None
    assert {found.actor.purpose, missed.actor.purpose} == {PURPOSE}
    assert found.actor.name == "bank"
    assert (found.action, missed.action) == ("person.verified", "person.verified")
    assert found.subject_id is not None
    assert (missed.subject_id, missed.details["persons"]) == (None, 0)
    assert "Vlj" not in json.dumps([dict(found.details), dict(missed.details)])


def test_a_yes_is_signed(served: InProcess, bank: httpx.Client) -> None:
    for params in ({}, {"verificationProofRequired": "true"}):
        answer = bank.post("/v1/verify/awa", json={"biographicData": RIGHT}, params={"transactionId": "T1"} | params)
        proof = answer.json()["verificationProof"]
        jwk = published_keys(served.desk.service)[0]
        header, payload, signature = proof.split(".")
        public_key(jwk).verify(decoded(signature), f"{header}.{payload}".encode())
        assert json.loads(decoded(header)) == {"alg": "EdDSA", "kid": jwk["kid"], "typ": "verification+jwt"}
        claims = json.loads(decoded(payload))
        assert abs(claims.pop("iat") - time.time()) < 60
        assert len(claims.pop("jti")) >= 16
        assert claims == {
            "iss": served.desk.settings.audience,
            "aud": "bank",
            "identifierSha256": hashlib.sha256(b"awa").hexdigest(),
            "outcome": 1,
            "purpose": PURPOSE,
            "transactionId": "T1",
        }


def test_a_no_is_not_signed(bank: httpx.Client) -> None:
    answer = verify(bank, content={"biographicData": {"gender": "M"}}, verificationProofRequired="true")
    assert code(answer) == 0
    assert "verificationProof" not in answer.json()


def test_guessing_is_slow_and_answers_nothing_any_more(served: InProcess) -> None:
    guesser = asking(served, client="guesser")
    answers = [verify(guesser, f"guess-{number}", {"biographicData": RIGHT}).status_code for number in range(12)]
    assert answers == [404] * 12
    right = verify(guesser, content={"biographicData": RIGHT})
    assert right.status_code == 429
    assert "in vain" in right.json()["message"]
    assert int(right.headers["retry-after"]) >= 1
    assert code(verify(asking(served), content={"biographicData": RIGHT})) == 1


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("POST", "/v1/verify/awa", "id.verify"),
        ("POST", "/v1/identify", "id.identify"),
        ("GET", "/v1/identify/x", "id.identify"),
        ("GET", "/v1/attributes/EIDAS/awa", "id.ATTRIBUTESETNAME.read"),
        ("POST", "/v1/attributes/awa", "id.read"),
    ],
)
def test_each_operation_needs_a_token_with_its_own_scope(served: InProcess, method: str, path: str, scope: str) -> None:
    others = asking(served, *sorted(set(SCOPES) - {scope}), client="inspector")
    assert others.request(method, path).status_code == 403
    without = served.client(prefix=PREFIX).request(method, path, params={"transactionId": "T1"})
    assert without.status_code == 401
    assert without.headers["www-authenticate"].startswith("Bearer")
    assert without.json().keys() == {"code", "message"}


def test_attributes_are_not_given_away(bank: httpx.Client) -> None:
    for answer in (
        bank.get("/v1/attributes/EIDAS/awa"),
        bank.get("/v1/attributes/EIDAS/nobody"),
        bank.post("/v1/attributes/awa", json={"outputBiographicData": ["firstName"]}),
        bank.post("/v1/attributes/nobody", json={"outputBiometricData": [{"biometricType": "FACE", "more": 1}]}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, 40321)
    assert bank.post("/v1/attributes/awa", json={"outputBiographicData": "firstName"}).status_code == 400
