"""What is recorded about keys that sign: `record.signing` and `writer.signing`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from biometrics.errors import RecordConflictError, RecordNotFoundError, StorageError
from biometrics.samples import now_utc
from biometrics.signing.public_keys import jwk_of, key_of
from biometrics.signing.signer import Purpose, Signer
from biometrics.signing.trust import Ending, KeySet, TrustedKey
from registry.audit import append_event
from registry.columns import utc_text
from registry.rows import StoredRow
from registry.signing import waiting
from registry.tables.core import audit_events
from registry.tables.signing import signing_keys

SIGNING_KEY_MADE = "signing.key_made"
SIGNING_KEY_ENDED = "signing.key_ended"

IN_KEYRING = "software"
"""Where the private half of a key is that no token holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKeyRecord:
    """A key, public, and where its private half is: in the keyring, or a URI."""

    trusted: TrustedKey
    held: str


class SigningReader:
    """Which keys there are and were."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def known(self) -> tuple[SigningKeyRecord, ...]:
        """Return all keys, oldest first.

        Raises
        ------
        StorageError
            When one is damaged.
        """
        order = (signing_keys.c.made_at, signing_keys.c.key_id)
        return tuple(_record(row) for row in self._connection.execute(select(signing_keys).order_by(*order)).all())

    def in_use(self, purpose: Purpose) -> SigningKeyRecord | None:
        """Return the key that signs for a purpose; None when there is none yet."""
        own = (signing_keys.c.purpose == purpose, signing_keys.c.ended_at.is_(None))
        row = self._connection.execute(select(signing_keys).where(*own)).one_or_none()
        return None if row is None else _record(row)

    def trusted(self) -> KeySet:
        """Return all keys as those who verify trust them."""
        return KeySet(one.trusted for one in self.known())

    def waiting_receipts(self, most: int) -> tuple[str, ...]:
        """Return encounters whose receipts wait for a key, the longest waiting first."""
        return waiting.waiting(self._connection, most)


class SigningWriter(SigningReader):
    """Keys that begin and end, each with an event; receipts that wait, of which whoever asks for them tells."""

    def put_off_receipt(self, encounter_id: str) -> None:
        """Let a receipt wait, as `waiting.put_off`."""
        waiting.put_off(self._connection, encounter_id)

    def receipt_signed(self, encounter_id: str) -> None:
        """Let a receipt wait no more."""
        waiting.signed(self._connection, encounter_id)

    def begin(self, signer: Signer, purpose: Purpose, held: str) -> None:
        """Record the key that signs for a purpose from now on; the one that did is replaced.

        Raises
        ------
        RecordConflictError
            When the key is known: it ended, serves another purpose, or was of another level.
        """
        known = select(signing_keys.c.key_id).where(signing_keys.c.key_id == signer.key_id)
        if self._connection.scalar(known) is not None:
            raise RecordConflictError(
                "this key signed before: it ended, serves another purpose, or was of another level",
                source=signer.key_id,
                remedy="name or make another key",
            )
        earlier, now = self.in_use(purpose), now_utc()
        if earlier is not None:
            self._end(earlier.trusted.key_id, Ending.REPLACED, now)
        values = {"key_id": signer.key_id, "purpose": purpose, "algorithm": signer.algorithm, "level": signer.level}
        kept = {"public_key": jwk_of(signer.public_key), "held": held, "made_at": now}
        self._connection.execute(insert(signing_keys).values(values | kept))
        told = _told(signer, purpose, held) | {"made_at": utc_text(now)}
        append_event(self._connection, action=SIGNING_KEY_MADE, subject_id=None, details=told)

    def end(self, key_id: str, ending: Ending) -> None:
        """Record that a key is used no more from now on; others having it outweighs that it was replaced.

        Raises
        ------
        RecordNotFoundError
            When there is no such key.
        RecordConflictError
            When it has ended so already.
        """
        found = next((one.trusted for one in self.known() if one.trusted.key_id == key_id), None)
        if found is None:
            raise RecordNotFoundError("there is no such key", source=key_id, remedy="see kura sign keys")
        if found.ending is ending or found.ending is Ending.COMPROMISED:
            raise RecordConflictError("the key has ended already", source=key_id)
        self._end(key_id, ending, now_utc())

    def _end(self, key_id: str, ending: Ending, now: datetime) -> None:
        own = signing_keys.c.key_id == key_id
        self._connection.execute(update(signing_keys).where(own).values(ended_at=now, ending=ending))
        told = {"key_id": key_id, "ending": ending.value, "ended_at": utc_text(now)}
        append_event(self._connection, action=SIGNING_KEY_ENDED, subject_id=None, details=told)


def key_faults(connection: Connection) -> Iterator[tuple[str, str]]:
    """Yield keys that the audit trail does not tell of so, which would let somebody else's signatures be believed."""
    query = select(audit_events).where(audit_events.c.action.in_((SIGNING_KEY_MADE, SIGNING_KEY_ENDED)))
    made: dict[str, dict[str, object]] = {}
    ended: dict[str, tuple[str, object]] = {}
    for event in connection.execute(query.order_by(audit_events.c.sequence)).all():
        if event.action == SIGNING_KEY_MADE:
            made[event.details["key_id"]] = event.details
        else:
            ended[event.details["key_id"]] = event.details["ending"], event.details.get("ended_at")
    for one in SigningReader(connection).known():
        key = one.trusted
        told = {"purpose": key.purpose.value, "algorithm": key.algorithm.value, "level": key.level.value}
        told |= {"key_id": key.key_id, "held": one.held, "made_at": utc_text(key.since)}
        if made.pop(key.key_id, None) != told:
            yield key.key_id, "the audit trail does not tell of this key to sign with"
        ending = None if key.ending is None or key.ended is None else (key.ending.value, utc_text(key.ended))
        if ended.get(key.key_id) != ending:
            yield key.key_id, "the audit trail tells otherwise whether this key to sign with has ended"
    for key_id in made:
        yield key_id, "a key that signed is missing"


def _told(signer: Signer, purpose: Purpose, held: str) -> dict[str, object]:
    said = {"key_id": signer.key_id, "purpose": purpose.value, "algorithm": signer.algorithm.value}
    return {**said, "level": signer.level.value, "held": held}


def _record(row: StoredRow) -> SigningKeyRecord:
    try:
        key = key_of(row.public_key)
        trusted = TrustedKey(
            key=key,
            algorithm=row.algorithm,
            purpose=row.purpose,
            level=row.level,
            since=row.made_at,
            ended=row.ended_at,
            ending=row.ending,
        )
        damaged = trusted.key_id != row.key_id
    except (ValueError, AttributeError):
        damaged = True
    if damaged:
        raise StorageError("a key to sign with is damaged", source=row.key_id, remedy="restore a backup")
    return SigningKeyRecord(trusted=trusted, held=row.held)
