"""Operations on documents and receipts: what they are made of, read; and made, signed, with an event that says so."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import Any

from biometrics.errors import RecordConflictError, RecordError
from biometrics.positions import Position
from biometrics.records import Actor
from biometrics.samples import now_utc
from biometrics.signing.jws import sign_detached
from biometrics.signing.signer import Purpose
from enrollment.issuing.card import CardHolder, CardOrder, personalisation_record
from enrollment.issuing.fingers import document_fingers
from enrollment.issuing.profile import read_profile
from enrollment.issuing.standing import require_age, require_good_standing
from enrollment.operations.operation import Operation
from registry.access import SAMPLES_READ
from registry.columns import utc_text
from registry.reading import Reader
from registry.store import Registry

CARD_MADE = "card.record_made"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardPortrait:
    """Asks for the picture that a document's portrait is cut out of; `person` as `kura person show` takes it."""

    person: str
    profile: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPortrait:
    """Whose picture, and the file of the newest one."""

    subject_id: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeCard:
    """Asks for the signed personalisation record of a document.

    Parameters
    ----------
    subject_id, profile
        For whom, and which document.
    number
        The document's, given by whoever makes it.
    issued_on
        The day it is valid from.
    portrait
        A JPEG file, cut out of what `CardPortrait` answered.
    """

    subject_id: str
    profile: str
    number: str
    issued_on: date
    portrait: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeCard:
    """The record's bytes and their detached signature."""

    content: bytes
    signature: str
    simulated: bool


def _portrait(registry: Registry, actor: Actor, asked: CardPortrait) -> FoundPortrait:
    """Return the newest picture of the face of somebody who may have the document."""
    _require_reason(actor)
    profile = read_profile(registry.home, asked.profile)

    def read(record: Reader) -> tuple[str, str]:
        subject_id = record.people.find(asked.person)
        for encounter in require_good_standing(record, subject_id, profile):
            for sample in encounter.samples:
                if sample.position is Position.FACE:
                    return subject_id, sample.sha256
        raise RecordConflictError(
            "no document is made: no picture of the face is recorded",
            source=subject_id,
            remedy="capture the face first",
        )

    subject_id, sha256 = registry.consult(actor, SAMPLES_READ, lambda found: [found[0]], read)
    return FoundPortrait(subject_id=subject_id, data=registry.sample_bytes(sha256))


def _make(registry: Registry, actor: Actor, asked: MakeCard) -> MadeCard:
    """Make a record and sign it; the trail tells its digest, and nothing is given out before it does."""
    _require_reason(actor)
    profile = read_profile(registry.home, asked.profile)
    signer = registry.signing.signer(Purpose.CARDS)
    now = now_utc()
    order = CardOrder(profile=profile, number=asked.number, issued_on=asked.issued_on, made_at=utc_text(now))
    with registry.writing(actor) as writer:
        writer.rights.require_usable([asked.subject_id], actor)
        content, simulated = _content(registry, writer, order, asked)
        signature = sign_detached(signer, Purpose.CARDS, content, signed_at=now)
        told = {
            "profile": profile.name,
            "profile_sha256": profile.sha256,
            "record_sha256": hashlib.sha256(content).hexdigest(),
            "key_id": signer.key_id,
            "level": signer.level.value,
        }
        writer.append_event(CARD_MADE, asked.subject_id, told)
    return MadeCard(content=content, signature=signature, simulated=simulated)


def _content(registry: Registry, record: Reader, order: CardOrder, asked: MakeCard) -> tuple[bytes, bool]:
    """Return a record, and whether it is of a simulated person."""
    encounters = require_good_standing(record, asked.subject_id, order.profile)
    version = record.people.current(asked.subject_id)
    if version is None:
        raise RecordConflictError(
            "no document is made: nothing is recorded of what the person states",
            source=asked.subject_id,
            remedy="record names and birth first: kura person correct",
        )
    require_age(version.record, order.profile, asked.issued_on)
    holder = CardHolder(
        subject=record.subject(asked.subject_id),
        person=version.record,
        numbers=record.people.numbers(asked.subject_id),
    )
    found = record.encounter_references([one.encounter_id for one in encounters])
    references = [reference for one in encounters for reference in found.get(one.encounter_id, ())]
    fingers = document_fingers(order.profile.fingers, encounters, references, registry.sample_bytes)
    content = personalisation_record(order, holder, portrait=asked.portrait, fingers=fingers)
    return content, holder.subject.simulated


def _require_reason(actor: Actor) -> None:
    if not actor.purpose:
        raise RecordError("a document is made for a reason", remedy="say why with --purpose")


CARD_PORTRAIT = Operation("card.portrait", _portrait)
MAKE_CARD = Operation("card.make", _make)

ISSUING: tuple[Operation[Any, Any], ...] = (CARD_PORTRAIT, MAKE_CARD)
