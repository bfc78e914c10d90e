"""Personalisation records: signed, for people in good standing alone, and told in the trail by their digest."""

import base64
import hashlib
import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from biometrics.documents.zone_text import read_zone
from biometrics.errors import (
    ConfigurationError,
    PersonDataError,
    RecordConflictError,
    RecordError,
    RestrictedError,
    SignerUnavailableError,
)
from biometrics.interchange.finger_image_reading import read_finger_image_record
from biometrics.interchange.minutiae_reading import read_minutiae_record
from biometrics.people.dates import DatePrecision, PartialDate
from biometrics.people.life import LifeEvent, LifeEventKind
from biometrics.people.record import Sex
from biometrics.positions import Position
from biometrics.records import Actor, EncounterStatus
from biometrics.samples import now_utc
from biometrics.signing.level import SignatureLevel
from biometrics.signing.signer import Purpose
from enrollment.issuing.card import expiry_of
from enrollment.operations.issuing import CARD_MADE, CARD_PORTRAIT, MAKE_CARD, CardPortrait, MadeCard, MakeCard
from registry.keys.pkcs11_uri import TokenKey
from registry.signing.office import SigningChoices
from registry.signing.token import make_signing_key
from registry.store import Registry
from tests.enrollment.issuing.people import OFFICER, enroll_holder, portrait, size_of
from tests.registry.keys.softhsm import Token, token
from tests.registry.statements import fake_nina, stated

__all__ = ["token"]

CARD = "example-national-card"
TODAY = date(2026, 11, 27)


def _make(
    registry: Registry, subject_id: str, profile: str = CARD, number: str = "SIM000001", actor: Actor = OFFICER
) -> MadeCard:
    asked = MakeCard(subject_id=subject_id, profile=profile, number=number, issued_on=TODAY, portrait=portrait())
    return MAKE_CARD.perform(registry, actor, asked)


def test_a_record_says_what_the_profile_asks_for(registry: Registry) -> None:
    subject = enroll_holder(registry)
    with registry.writing() as writer:
        writer.people.give_number(subject.subject_id, fake_nina(), reason="x")
    record = json.loads(_make(registry, subject.subject_id).content)
    assert list(record["fields"]) == [
        "family_name",
        "given_names",
        "sex",
        "birth_date",
        "birth_place",
        "nationality",
        "nina",
    ]
    assert record["fields"]["family_name"] == "Nkɛmŋa" and record["fields"]["nina"] == fake_nina().value
    assert record["document"]["expires_on"] == "2031-11-26"
    zone = read_zone("\n".join(record["mrz"]))
    assert (zone.number, zone.birth, zone.sex, zone.expiry) == ("SIM000001", "740305", "F", "311126")
    assert (zone.primary, zone.secondary, zone.optional) == ("NKEMNA", "OVLE", fake_nina().value)


def test_a_document_of_a_simulated_person_is_of_no_state(registry: Registry) -> None:
    record = json.loads(_make(registry, enroll_holder(registry).subject_id).content)
    zone = read_zone("\n".join(record["mrz"]))
    assert record["simulated"] is True and (zone.state, zone.nationality) == ("UTO", "UTO")


def test_the_signature_holds_and_says_its_level(registry: Registry) -> None:
    made = _make(registry, enroll_holder(registry).subject_id)
    later = now_utc() + timedelta(seconds=1)
    found = registry.signing.trusted().verify(made.signature, made.content, Purpose.CARDS, now=later)
    assert found.level is SignatureLevel.SIMPLE


def test_the_fingers_of_a_card_are_minutiae_of_those_preferred(registry: Registry) -> None:
    fingers = json.loads(_make(registry, enroll_holder(registry).subject_id).content)["fingers"]
    record = read_minutiae_record(base64.b64decode(fingers["data"]))
    assert [view.position for view in record.views] == [Position.RIGHT_INDEX, Position.LEFT_INDEX]
    assert fingers["positions"] == ["right_index", "left_index"] and record.simulated


def test_the_fingers_of_a_passport_are_pictures(registry: Registry) -> None:
    made = _make(registry, enroll_holder(registry).subject_id, "example-passport")
    fingers = json.loads(made.content)["fingers"]
    record = read_finger_image_record(base64.b64decode(fingers["data"]))
    assert [image.position for image in record.images] == [Position.LEFT_INDEX, Position.RIGHT_INDEX]
    assert fingers["format"] == "iso-19794-4-2011"


def test_too_few_fingers_are_refused_where_the_profile_insists(registry: Registry, tmp_path: Path) -> None:
    subject = enroll_holder(registry)
    text = (Path(__file__).parents[3] / "enrollment/issuing/profiles/example-national-card.toml").read_text()
    (registry.home / "profiles").mkdir()
    insists = text.replace("fewer_allowed = true", "fewer_allowed = false").replace("count = 2", "count = 4")
    (registry.home / "profiles" / "strict.toml").write_text(insists)
    with pytest.raises(RecordConflictError, match="asks for 4 fingers, and 3"):
        _make(registry, subject.subject_id, "strict")


def test_the_trail_tells_the_digest_and_nothing_else(registry: Registry) -> None:
    subject = enroll_holder(registry)
    made = _make(registry, subject.subject_id)
    event = registry.events()[-1]
    assert (event.action, event.subject_id) == (CARD_MADE, subject.subject_id)
    assert event.details["record_sha256"] == hashlib.sha256(made.content).hexdigest()
    assert event.actor is not None and event.actor.purpose == OFFICER.purpose
    told = json.dumps(dict(event.details))
    assert not any(word in told for word in ("SIM000001", "Nkɛmŋa", "NKEMNA", "1974"))
    assert not registry.check()


def _pending(registry: Registry) -> str:
    return enroll_holder(registry, "pending", status=EncounterStatus.PENDING).subject_id


def _locked(registry: Registry) -> str:
    subject_id = enroll_holder(registry, "locked").subject_id
    with registry.writing() as writer:
        writer.rights.restrict(subject_id, purpose=None, reason="x")
    return subject_id


def _dead(registry: Registry) -> str:
    subject_id = enroll_holder(registry, "dead").subject_id
    with registry.writing() as writer:
        died = PartialDate(value="2024", precision=DatePrecision.YEAR)
        writer.people.record_life_event(subject_id, LifeEvent(kind=LifeEventKind.DEATH, date=died), reason="x")
    return subject_id


def _suspected(registry: Registry) -> str:
    subject_id = enroll_holder(registry, "suspected").subject_id
    with registry.writing() as writer:
        from biometrics.cases import CasePriority  # noqa: PLC0415

        writer.open_case(subject_id=subject_id, candidates=(), priority=CasePriority.NORMAL, reason="x")
    return subject_id


def _retired(registry: Registry) -> str:
    subject_id = enroll_holder(registry, "retired").subject_id
    with registry.writing() as writer:
        writer.retire_encounter(registry.encounters(subject_id)[0].encounter_id)
    return subject_id


def _rejected(registry: Registry) -> str:
    return enroll_holder(registry, "rejected", status=EncounterStatus.REJECTED).subject_id


@pytest.mark.parametrize("whom", [_pending, _dead, _suspected, _retired, _rejected])
def test_nobody_gets_a_document_while_something_is_open(registry: Registry, whom: Callable[[Registry], str]) -> None:
    subject_id = whom(registry)
    before = len(registry.events())
    with pytest.raises(RecordConflictError, match="no document is made"):
        _make(registry, subject_id)
    with pytest.raises(RecordConflictError, match="no document is made"):
        CARD_PORTRAIT.perform(registry, OFFICER, CardPortrait(person=subject_id, profile=CARD))
    assert CARD_MADE not in [event.action for event in registry.events()[before:]]


def test_nobody_gets_a_document_whose_data_are_locked(registry: Registry) -> None:
    subject_id = _locked(registry)
    with pytest.raises(RestrictedError, match="kept and not used"):
        _make(registry, subject_id)
    with pytest.raises((RestrictedError, RecordConflictError)):
        CARD_PORTRAIT.perform(registry, OFFICER, CardPortrait(person=subject_id, profile=CARD))
    assert CARD_MADE not in [event.action for event in registry.events()]


def test_a_refusal_says_what_is_open_and_not_what_a_case_is_about(registry: Registry) -> None:
    for whom, said in ((_pending, "waits for a verdict"), (_suspected, "a case about the person is not closed")):
        with pytest.raises(RecordConflictError, match=said):
            _make(registry, whom(registry))


def test_a_document_needs_a_reason(registry: Registry) -> None:
    subject_id = enroll_holder(registry).subject_id
    with pytest.raises(RecordError, match="for a reason"):
        _make(registry, subject_id, actor=Actor(name="officer"))
    with pytest.raises(RecordError, match="for a reason"):
        CARD_PORTRAIT.perform(registry, Actor(name="officer"), CardPortrait(person="holder", profile=CARD))


def test_the_picture_for_the_portrait_is_read_under_an_event(registry: Registry) -> None:
    subject = enroll_holder(registry)
    found = CARD_PORTRAIT.perform(registry, OFFICER, CardPortrait(person="holder", profile=CARD))
    assert found.subject_id == subject.subject_id and size_of(found.data) == (350, 450)
    assert registry.events()[-1].action == "samples.read"


def test_whoever_is_too_young_gets_none(registry: Registry) -> None:
    young = stated(birth_date=PartialDate(value="2023-01-01", precision=DatePrecision.DAY), nationality="MLI")
    subject_id = enroll_holder(registry, record=young).subject_id
    with pytest.raises(RecordConflictError, match="5 years and more"):
        _make(registry, subject_id)


def test_a_real_person_needs_a_nationality(registry: Registry) -> None:
    subject_id = enroll_holder(registry, simulated=False, record=stated(nationality=None)).subject_id
    with pytest.raises(RecordConflictError, match="nationality"):
        _make(registry, subject_id)


@pytest.mark.parametrize(
    ("value", "precision", "zone"),
    [
        ("1985", DatePrecision.CIRCA, "85<<<<"),
        ("1985-03", DatePrecision.MONTH, "8503<<"),
        ("", DatePrecision.UNKNOWN, "<<<<<<"),
    ],
)
def test_a_birth_known_in_part_stands_so_in_the_zone(
    registry: Registry, value: str, precision: DatePrecision, zone: str
) -> None:
    record = stated(birth_date=PartialDate(value=value, precision=precision), sex=Sex.UNSPECIFIED)
    made = _make(registry, enroll_holder(registry, record=record).subject_id)
    found = read_zone("\n".join(json.loads(made.content)["mrz"]))
    assert (found.birth, found.sex) == (zone, "<")


@pytest.mark.parametrize("number", ["", "sim1", "A" * 30, "A B"])
def test_a_number_that_no_zone_holds_is_refused(registry: Registry, number: str) -> None:
    with pytest.raises(PersonDataError, match="number"):
        _make(registry, enroll_holder(registry).subject_id, number=number)


def test_what_is_no_portrait_or_profile_is_refused(registry: Registry) -> None:
    subject_id = enroll_holder(registry).subject_id
    with pytest.raises(ConfigurationError, match="no such profile"):
        _make(registry, subject_id, "missing")
    asked = MakeCard(subject_id=subject_id, profile=CARD, number="SIM1", issued_on=TODAY, portrait=b"PNG")
    with pytest.raises(PersonDataError, match="no JPEG"):
        MAKE_CARD.perform(registry, OFFICER, asked)


def test_while_the_token_is_away_no_card_is_made_and_nothing_recorded(registry: Registry, token: Token) -> None:
    key = TokenKey.parse(token.uri("cards"))
    make_signing_key(key)
    registry.signing.choose(SigningChoices(tokens={Purpose.CARDS: key}))
    subject_id = enroll_holder(registry).subject_id
    _make(registry, subject_id)
    before = len(registry.events())
    token.unplug()
    with pytest.raises(SignerUnavailableError, match="nothing was signed"):
        _make(registry, subject_id)
    assert len(registry.events()) == before
    token.plug()
    _make(registry, subject_id)


def test_a_document_expires_the_day_before_its_anniversary() -> None:
    assert expiry_of(date(2026, 11, 27), 5) == date(2031, 11, 26)
    assert expiry_of(date(2028, 2, 29), 5) == date(2033, 2, 28)
