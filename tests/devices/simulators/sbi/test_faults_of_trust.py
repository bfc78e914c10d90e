"""Faults of trust: each breaks what its name says, and leaves the rest as it should be."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from joserfc.errors import BadSignatureError

from devices.simulators.sbi import FAULTS, Hands, Pki, SbiSimulator, Simulation
from devices.simulators.sbi.faults import Kind, kind_of
from tests.devices.simulators.sbi.client import EMPTY_HASH, Client, chain, header, links, payload, records, verified
from tests.devices.simulators.sbi.openssl import openssl_verify

ONE = {"bioSubType": ["Left IndexFinger"]}


def _token(client: Client, verb: str) -> str:
    return str(client.info()["deviceInfo"] if verb == "MOSIPDINFO" else client.capture(**ONE)[0]["data"])


@pytest.fixture(params=["MOSIPDINFO", "RCAPTURE"])
def verb(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def complaint(trust: Path, tmp_path: Path) -> Callable[[str], str]:
    """Return what openssl has against the certificates of a token; nothing where it trusts them."""
    return lambda token: openssl_verify(chain(token), trust, tmp_path)


def test_without_a_fault_openssl_trusts_everything(client: Client, verb: str, complaint: Callable[[str], str]) -> None:
    token = _token(client, verb)
    assert complaint(token) == ""
    assert complaint(verified(token)["digitalId"]) == ""
    assert header(token)["alg"] == "RS256"


UNTRUSTED = {
    "certificate-expired": "certificate has expired",
    "certificate-not-yet-valid": "certificate is not yet valid",
    "foreign-root": "unable to get",
    "leaf-only": "unable to get local issuer",
}


@pytest.mark.parametrize("fault", UNTRUSTED)
def test_certificates_that_are_not_to_be_trusted(
    simulator: SbiSimulator, client: Client, complaint: Callable[[str], str], fault: str
) -> None:
    with simulator.fault(fault):
        tokens = [_token(client, "MOSIPDINFO"), _token(client, "RCAPTURE")]
    for token in tokens:
        assert UNTRUSTED[fault] in complaint(token)
        verified(token)  # the signature itself holds
        leaf = chain(token)[0]
        assert "SIMULATED device" in leaf.subject.rfc4514_string()
        assert "SIMULATED Kura device provider" in leaf.issuer.rfc4514_string()


def test_a_chip_that_nobody_trusts(simulator: SbiSimulator, client: Client, complaint: Callable[[str], str]) -> None:
    with simulator.fault("foreign-digital-id"):
        token = _token(client, "RCAPTURE")
    assert complaint(token) == ""
    assert "unable to get" in complaint(verified(token)["digitalId"])


def test_no_certificate(simulator: SbiSimulator, client: Client, verb: str) -> None:
    with simulator.fault("missing-x5c"):
        assert header(_token(client, verb)) == {"alg": "RS256", "typ": "JWT"}


def test_no_signature(simulator: SbiSimulator, client: Client, verb: str) -> None:
    with simulator.fault("alg-none"):
        token = _token(client, verb)
    assert header(token)["alg"] == "none"
    assert token.endswith(".")
    assert token.count(".") == 2
    assert payload(token)["digitalId"].endswith(".")


@pytest.mark.parametrize("fault", ["tampered-signature", "tampered-value"])
def test_signatures_that_do_not_hold(simulator: SbiSimulator, client: Client, fault: str) -> None:
    with simulator.fault(fault):
        token = _token(client, "RCAPTURE")
    with pytest.raises(BadSignatureError):
        verified(token)


def test_a_tampered_value_differs_from_what_was_hashed(simulator: SbiSimulator, client: Client) -> None:
    with simulator.fault("tampered-value"):
        entries = client.capture(**ONE)
    assert entries[0]["hash"] != links(entries)[0]


@pytest.mark.parametrize("fault", ["tampered-hash", "wrong-chain", "text-chain"])
def test_hashes_that_do_not_follow(simulator: SbiSimulator, client: Client, fault: str) -> None:
    with simulator.fault(fault):
        entries = client.capture()
    verified(entries[0]["data"])
    given, worked = [entry["hash"] for entry in entries], links(entries)
    assert given[0] != worked[0]
    if fault == "tampered-hash":
        assert given[0][:-1] == worked[0][:-1]
        assert given[1] != worked[1]
    if fault == "wrong-chain":
        assert given[1:] == links(entries[1:], given[0]), "it is a chain, only of another beginning"
    if fault == "text-chain":
        assert given[0] == _text_link(records(entries)[0])


def _text_link(record: bytes) -> str:
    from hashlib import sha256  # noqa: PLC0415 - beside its only use

    return sha256((EMPTY_HASH + sha256(record).hexdigest()).upper().encode()).hexdigest().upper()


@pytest.mark.parametrize(
    ("fault", "field", "value"),
    [
        ("wrong-transaction", "transactionId", "not-test-0001"),
        ("wrong-environment", "env", "Staging"),
        ("wrong-purpose", "purpose", "Auth"),
        ("replay-yesterday", "transactionId", "yesterday-0001"),
    ],
)
def test_answers_that_do_not_fit_the_request(
    simulator: SbiSimulator, client: Client, fault: str, field: str, value: str
) -> None:
    with simulator.fault(fault):
        told = verified(client.capture(**ONE)[0]["data"])
    assert told[field] == value


def _age(told: str) -> timedelta:
    return datetime.now(UTC) - datetime.fromisoformat(told)


@pytest.mark.parametrize(("fault", "days"), [("clock-ahead", -1), ("clock-behind", 1), ("replay-yesterday", 1)])
def test_times_of_another_day(simulator: SbiSimulator, client: Client, fault: str, days: int) -> None:
    with simulator.fault(fault):
        told = verified(client.capture(**ONE)[0]["data"])
    for moment in (told["timestamp"], verified(told["digitalId"])["dateTime"]):
        assert abs(_age(moment) - timedelta(days=days)) < timedelta(minutes=10)


def test_the_last_answer_again(simulator: SbiSimulator, client: Client) -> None:
    first = client.capture(**ONE, transactionId="first-0001")
    with simulator.fault("replay-last"):
        again = client.capture(**ONE, transactionId="second-0001")
    assert again == first


def test_the_last_answer_where_there_was_none(pki: Pki, hands: Hands) -> None:
    with SbiSimulator(Simulation(port=0), pki=pki, hands=hands) as simulator, Client(simulator.url) as client:
        with simulator.fault("replay-last"):
            told = verified(client.capture(**ONE)[0]["data"])
        assert told["transactionId"] != "test-0001"


def test_another_serial_number(simulator: SbiSimulator, client: Client, verb: str) -> None:
    with simulator.fault("other-serial"):
        told = verified(_token(client, verb))
    assert verified(told["digitalId"])["serialNo"] == "SIMULATEDSLAP0001X" != told["deviceCode"]


def test_another_key_than_the_infos(simulator: SbiSimulator, client: Client, complaint: Callable[[str], str]) -> None:
    with simulator.fault("other-key"):
        info, data = _token(client, "MOSIPDINFO"), _token(client, "RCAPTURE")
    assert complaint(data) == ""
    assert chain(info)[0].public_key() != chain(data)[0].public_key()


TRIED = {
    *("certificate-expired", "certificate-not-yet-valid", "foreign-root", "foreign-digital-id", "missing-x5c"),
    *("leaf-only", "alg-none", "tampered-signature", "tampered-value", "tampered-hash", "wrong-chain", "text-chain"),
    *("wrong-transaction", "wrong-environment", "wrong-purpose", "replay-last", "replay-yesterday", "other-serial"),
    *("other-key", "clock-ahead", "clock-behind"),
}


def test_every_fault_of_trust_is_tried_here() -> None:
    assert {name for name in FAULTS if kind_of(name) is Kind.TRUST} == TRIED
