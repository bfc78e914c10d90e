"""Receipts that were handed out, held against the encounters that are recorded: nobody holds one and is absent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from registry.keys.sections import keyring_of
from registry.tables.core import encounters

_RECEIPTS = "encounters.receipt"

_AT_ONCE = 500
"""SQLite takes 32,766 values in a statement; hundreds keep plans simple on either database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedReceipt:
    """The number of a receipt, and the post that says it handed it out; None where that is not said."""

    number: str
    post: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """What became of receipts: how many are recorded, which are not, and which are of another post than was said."""

    recorded: int
    missing: tuple[IssuedReceipt, ...]
    elsewhere: tuple[IssuedReceipt, ...]


def reconcile(connection: Connection, issued: Sequence[IssuedReceipt]) -> Reconciled:
    """Say which receipts have an encounter, in whatever state that is.

    A receipt without a number of its own goes by the identifier of its encounter.
    """
    posts: dict[str, str | None] = {}
    keyring = keyring_of(connection)
    for start in range(0, len(issued), _AT_ONCE):
        numbers = [one.number for one in issued[start : start + _AT_ONCE]]
        own = select(encounters.c.receipt_token, encounters.c.post).where(encounters.c.receipt_token.in_(numbers))
        found = {row.receipt_token: row.post for row in connection.execute(own)}
        tokens = {number: keyring.token(_RECEIPTS, number) for number in numbers}
        posts |= {number: found[token] for number, token in tokens.items() if token in found}
        named = select(encounters.c.encounter_id, encounters.c.post).where(encounters.c.encounter_id.in_(numbers))
        posts |= {row.encounter_id: row.post for row in connection.execute(named)}
    known = [one for one in issued if one.number in posts]
    return Reconciled(
        recorded=len(known),
        missing=tuple(one for one in issued if one.number not in posts),
        elsewhere=tuple(one for one in known if one.post is not None and posts[one.number] != one.post),
    )
