"""Answers kept under keys of clients: a request that is sent again under its key is answered as it was at first."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime

from sqlalchemy import Connection, select

from biometrics.errors import RecordConflictError
from biometrics.samples import now_utc
from registry.audit import append_event
from registry.identifiers import new_identifier
from registry.service_actions import ANSWER_KEPT, ANSWERS_FORGOTTEN
from registry.service_rows import SEALS, insert_row, remove_rows
from registry.tables.service import kept_answers

_FORGOTTEN_AT_ONCE = 500
"""Answers that one event names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """What a client was told under a key, with the digest of the request, to know another one by."""

    client: str
    key: str
    request_sha256: str
    status: int
    answer: bytes = field(repr=False)
    made_at: datetime


class AnswerReader:
    """Answers that were given: `record.answers`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, client: str, key: str) -> KeptAnswer | None:
        """Return what a client was told under a key; None when it was told nothing yet."""
        own = kept_answers.c.client == client, kept_answers.c.key_token == key
        row = self._connection.execute(select(kept_answers).where(*own)).one_or_none()
        return None if row is None else KeptAnswer(**{name: getattr(row, name) for name in _FIELDS})


class AnswerWriter(AnswerReader):
    """Answers kept and forgotten: `writer.answers`."""

    def keep(self, client: str, key: str, *, request_sha256: str, status: int, answer: bytes) -> None:
        """Keep what a client is told under a key.

        Raises
        ------
        RecordConflictError
            When it was told something under this key already.
        """
        kept = KeptAnswer(
            client=client, key=key, request_sha256=request_sha256, status=status, answer=answer, made_at=now_utc()
        )
        if self.find(client, key) is not None:
            raise RecordConflictError("an answer is kept under this key already", source=client)
        seals = insert_row(self._connection, kept_answers, {"row_id": new_identifier(), **asdict(kept)})
        details = {"client": client, SEALS: seals}
        append_event(self._connection, action=ANSWER_KEPT, subject_id=None, details=details)

    def forget(self, made_before: datetime) -> int:
        """Drop the answers given before a moment and return how many."""
        old = select(kept_answers.c.row_id).where(kept_answers.c.made_at < made_before)
        chosen = self._connection.scalars(old.order_by(kept_answers.c.row_id)).all()
        for start in range(0, len(chosen), _FORGOTTEN_AT_ONCE):
            piece = chosen[start : start + _FORGOTTEN_AT_ONCE]
            seals = remove_rows(self._connection, kept_answers, kept_answers.c.row_id.in_(piece))
            details = {"answers": len(piece), SEALS: seals}
            append_event(self._connection, action=ANSWERS_FORGOTTEN, subject_id=None, details=details)
        return len(chosen)


_FIELDS = tuple(KeptAnswer.__dataclass_fields__)
