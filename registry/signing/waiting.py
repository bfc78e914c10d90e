"""Receipts that were asked for while the key was away: kept until it is back, and never more than a bound."""

from __future__ import annotations

from sqlalchemy import Connection, delete, func, insert, select

from biometrics.errors import SignerUnavailableError
from biometrics.samples import now_utc
from registry.tables.signing import waiting_receipts

MOST_WAITING = 100_000
"""A day of the busiest drive; whoever has as many unsigned has to see to the token first."""


def waiting(connection: Connection, most: int) -> tuple[str, ...]:
    """Return the encounters whose receipts wait, the longest waiting first."""
    order = (waiting_receipts.c.since, waiting_receipts.c.encounter_id)
    return tuple(connection.scalars(select(waiting_receipts.c.encounter_id).order_by(*order).limit(most)).all())


def put_off(connection: Connection, encounter_id: str) -> None:
    """Let the receipt of an encounter wait; it may wait already.

    Raises
    ------
    SignerUnavailableError
        When as many wait as may.
    """
    own = waiting_receipts.c.encounter_id == encounter_id
    if connection.scalar(select(waiting_receipts.c.encounter_id).where(own)) is not None:
        return
    if (connection.scalar(select(func.count()).select_from(waiting_receipts)) or 0) >= MOST_WAITING:
        raise SignerUnavailableError(
            f"{MOST_WAITING} receipts wait for the key already, and no more may; nothing was signed",
            remedy="bring the token back, then sign them: kura receipt waiting FOLDER",
        )
    connection.execute(insert(waiting_receipts).values(encounter_id=encounter_id, since=now_utc()))


def signed(connection: Connection, encounter_id: str) -> None:
    """Let the receipt of an encounter wait no more."""
    connection.execute(delete(waiting_receipts).where(waiting_receipts.c.encounter_id == encounter_id))
