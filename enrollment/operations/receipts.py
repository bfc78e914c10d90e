"""Operations on signed receipts: made of an encounter whenever they are asked for, and once more when a key is back."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from biometrics.errors import RecordNotFoundError, SignerUnavailableError
from biometrics.records import Actor, Encounter, EncounterStatus, SubjectStatus
from biometrics.samples import now_utc
from biometrics.signing.jws import sign_detached
from biometrics.signing.signer import Purpose, Signer
from enrollment.issuing.receipts import receipt_document, receipt_number
from enrollment.operations.operation import Operation
from registry.reading import Reader
from registry.store import Registry
from registry.writing import Writer

RECEIPT_MADE = "receipt.made"
RECEIPT_WAITS = "receipt.waits"


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeReceipt:
    """Asks for the receipt of an encounter: by its identifier, by the number handed out, or a person's newest one."""

    named: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeReceipt:
    """A receipt and its detached signature; None while the key is away, and then the receipt waits for it."""

    number: str
    encounter_id: str
    content: bytes
    signature: str | None
    key_id: str | None
    level: str | None


def _make(registry: Registry, actor: Actor, asked: MakeReceipt) -> MadeReceipt:
    """Make a receipt; the trail tells its digest before it is given out."""
    signer = _present_signer(registry)
    with registry.writing(actor) as writer:
        encounter = _encounter(writer, asked.named)
        writer.rights.require_usable([encounter.subject_id], actor)
        _require_kept(writer, encounter)
        now = now_utc()
        content = receipt_document(
            encounter,
            writer.people.exceptions_in(encounter.encounter_id),
            simulated=writer.subject(encounter.subject_id).simulated,
            issued_at=now,
        )
        signature = None
        if signer is not None:
            try:
                signature = sign_detached(signer, Purpose.RECEIPTS, content, signed_at=now)
            except SignerUnavailableError:
                signer = None
        _note(writer, encounter, content, signer)
    return MadeReceipt(
        number=receipt_number(encounter),
        encounter_id=encounter.encounter_id,
        content=content,
        signature=signature,
        key_id=None if signer is None else signer.key_id,
        level=None if signer is None else signer.level.value,
    )


def _present_signer(registry: Registry) -> Signer | None:
    try:
        return registry.signing.signer(Purpose.RECEIPTS)
    except SignerUnavailableError:
        return None


def _note(writer: Writer, encounter: Encounter, content: bytes, signer: Signer | None) -> None:
    told: dict[str, object] = {"encounter_id": encounter.encounter_id}
    if signer is None:
        writer.signing.put_off_receipt(encounter.encounter_id)
        writer.append_event(RECEIPT_WAITS, encounter.subject_id, told)
        return
    writer.signing.receipt_signed(encounter.encounter_id)
    told |= {"receipt_sha256": hashlib.sha256(content).hexdigest(), "key_id": signer.key_id}
    writer.append_event(RECEIPT_MADE, encounter.subject_id, told | {"level": signer.level.value})


def _encounter(record: Reader, named: str) -> Encounter:
    try:
        return record.encounter(named)
    except RecordNotFoundError:
        own = record.encounters(record.people.find(named))
    by_number = [one for one in own if one.context.receipt == named.strip()]
    if not own:
        raise RecordNotFoundError("this person has no encounter that a receipt could be of", source=named)
    return (by_number or list(own))[-1]


def _require_kept(record: Reader, encounter: Encounter) -> None:
    """Refuse a receipt that would say of somebody whose pictures were deleted that none were taken."""
    gone = record.subject(encounter.subject_id).status is SubjectStatus.PURGED
    if gone or (encounter.status is EncounterStatus.RETIRED and not encounter.samples):
        raise RecordNotFoundError(
            "what was captured is not kept any more", source=encounter.encounter_id, remedy="show the first receipt"
        )


def _waiting(registry: Registry, actor: Actor, most: int) -> tuple[str, ...]:
    """Return encounters whose receipts wait for the key, the longest waiting first."""
    with registry.reading() as record:
        return record.signing.waiting_receipts(most)


MAKE_RECEIPT = Operation("receipt.make", _make)
WAITING_RECEIPTS = Operation("receipt.waiting", _waiting)

RECEIPTS: tuple[Operation[Any, Any], ...] = (MAKE_RECEIPT, WAITING_RECEIPTS)
