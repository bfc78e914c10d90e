"""Receipts: what was taken, signed; while the key is away they wait, and are made when it is back."""

import hashlib
import json
from datetime import timedelta

import pytest

from biometrics.errors import RecordNotFoundError, RestrictedError, SignerUnavailableError
from biometrics.positions import Position
from biometrics.samples import now_utc
from biometrics.signing.signer import Purpose
from enrollment.operations.receipts import (
    MAKE_RECEIPT,
    RECEIPT_MADE,
    RECEIPT_WAITS,
    WAITING_RECEIPTS,
    MadeReceipt,
    MakeReceipt,
)
from registry.keys.pkcs11_uri import TokenKey
from registry.receipts import IssuedReceipt
from registry.signing import waiting
from registry.signing.office import SigningChoices
from registry.signing.token import make_signing_key
from registry.store import Registry
from tests.enrollment.issuing.people import FINGERS, OFFICER, enroll_holder
from tests.registry.keys.softhsm import Token, token
from tests.registry.statements import excepted

__all__ = ["token"]


def _receipt(registry: Registry, named: str) -> MadeReceipt:
    return MAKE_RECEIPT.perform(registry, OFFICER, MakeReceipt(named=named))


def test_a_receipt_says_what_was_taken_and_shows_nothing_of_it(registry: Registry) -> None:
    subject = enroll_holder(registry, receipt="R-17")
    encounter = registry.encounters(subject.subject_id)[0]
    with registry.writing() as writer:
        missing = excepted(Position.LEFT_THUMB)
        writer.people.grant_exceptions(encounter.encounter_id, [missing])
    made = _receipt(registry, "R-17")
    document = json.loads(made.content)
    assert (made.number, document["receipt"], document["post"]) == ("R-17", "R-17", "post-1")
    assert [one["position"] for one in document["captures"]] == [*(one.value for one in FINGERS), "face"]
    assert [one["sha256"] for one in document["captures"]] == [one.sha256 for one in encounter.samples]
    text = "\n".join(document["text"])
    for words in (
        "DONNÉES SIMULÉES",
        "Reçu d'enregistrement n° R-17",
        "Enregistré le 4 mars 2026 à 05 h 06 (temps universel) au poste post-1.",
        "index droit (qualité 61 sur 100)",
        "Non capturés : pouce gauche (impossible à capturer).",
        "loi n° 2013-015",
    ):
        assert words in text
    assert not any(word in made.content.decode() for word in ("Nkɛmŋa", "Ɔvlé", "1974", "operator-1"))


def test_a_receipt_verifies(registry: Registry) -> None:
    enroll_holder(registry, receipt="R-17")
    made = _receipt(registry, "R-17")
    assert made.signature is not None
    later = now_utc() + timedelta(seconds=1)
    found = registry.signing.trusted().verify(made.signature, made.content, Purpose.RECEIPTS, now=later)
    assert (found.key_id, found.level.value) == (made.key_id, made.level)
    event = registry.events()[-1]
    assert event.action == RECEIPT_MADE
    assert event.details["receipt_sha256"] == hashlib.sha256(made.content).hexdigest()
    assert not registry.check()


def test_a_receipt_without_a_number_is_reconciled_by_its_encounter(registry: Registry) -> None:
    subject = enroll_holder(registry)
    made = _receipt(registry, "holder")
    assert made.number == registry.encounters(subject.subject_id)[0].encounter_id
    with registry.reading() as record:
        found = record.reconcile([IssuedReceipt(number=made.number, post="post-2"), IssuedReceipt(number="R-0")])
    assert (found.recorded, [one.number for one in found.missing]) == (1, ["R-0"])
    assert [one.number for one in found.elsewhere] == [made.number]


def test_there_is_no_receipt_of_nothing_and_none_of_somebody_locked(registry: Registry) -> None:
    with pytest.raises(RecordNotFoundError):
        _receipt(registry, "nobody")
    subject = enroll_holder(registry)
    with registry.writing() as writer:
        writer.rights.restrict(subject.subject_id, purpose=None, reason="x")
    with pytest.raises(RestrictedError):
        _receipt(registry, "holder")


def test_what_was_purged_gets_no_receipt_that_says_nothing_was_taken(registry: Registry) -> None:
    subject = enroll_holder(registry, receipt="R-17")
    encounter_id = registry.encounters(subject.subject_id)[0].encounter_id
    with registry.writing() as writer:
        writer.retire_encounter(encounter_id)
    assert len(json.loads(_receipt(registry, encounter_id).content)["captures"]) == 4
    with registry.writing() as writer:
        writer.purge(retired_before=now_utc() + timedelta(days=1), reason="x", most=10)
    with pytest.raises(RecordNotFoundError, match="not kept any more"):
        _receipt(registry, encounter_id)


def _in_token(registry: Registry, token: Token) -> None:
    key = TokenKey.parse(token.uri("receipts"))
    make_signing_key(key)
    registry.signing.choose(SigningChoices(tokens={Purpose.RECEIPTS: key}))


def test_receipts_wait_for_a_key_that_is_away_and_are_made_when_it_is_back(registry: Registry, token: Token) -> None:
    subject = enroll_holder(registry, receipt="R-17")
    encounter_id = registry.encounters(subject.subject_id)[0].encounter_id
    _in_token(registry, token)
    assert _receipt(registry, "R-17").signature is not None
    token.unplug()
    for _ in range(2):
        made = _receipt(registry, "R-17")
        assert (made.signature, made.level) == (None, None) and json.loads(made.content)["receipt"] == "R-17"
        assert registry.events()[-1].action == RECEIPT_WAITS
    assert WAITING_RECEIPTS.perform(registry, OFFICER, 10) == (encounter_id,)
    token.plug()
    assert _receipt(registry, encounter_id).signature is not None
    assert WAITING_RECEIPTS.perform(registry, OFFICER, 10) == ()
    assert not registry.check()


def test_only_so_many_receipts_wait(registry: Registry, token: Token, monkeypatch: pytest.MonkeyPatch) -> None:
    for label in ("a", "b"):
        enroll_holder(registry, label)
    _in_token(registry, token)
    token.unplug()
    monkeypatch.setattr(waiting, "MOST_WAITING", 1)
    _receipt(registry, "a")
    with pytest.raises(SignerUnavailableError, match="no more may"):
        _receipt(registry, "b")
