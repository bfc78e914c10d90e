"""What went abroad, as the audit trail tells of it: the scope of such an event ends in the country."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection, func, select

from biometrics.rights.abroad import ABROAD, country_of
from biometrics.rights.records import Transfer
from registry.tables.core import audit_events


def transfers(connection: Connection) -> tuple[Transfer, ...]:
    """Return how many events tell of each client, post and country; the client is empty where it was a command."""
    columns = audit_events.c
    first, last, calls = func.min(columns.at), func.max(columns.at), func.count()
    query = (
        select(columns.client, columns.post, columns.scope, calls, first, last)
        .where(columns.scope.like(f"%{ABROAD}%"))
        .group_by(columns.client, columns.post, columns.scope)
    )
    found: dict[tuple[str, str, str], Transfer] = {}
    for client, post, scope, count, begin, end in connection.execute(query).all():
        country = country_of(scope)
        if country is None:
            continue
        key = (client or "", post or "", country)
        one = Transfer(client=key[0], post=post, country=country, calls=count, first_at=begin, last_at=end)
        found[key] = _together(found[key], one) if key in found else one
    return tuple(found[key] for key in sorted(found))


def _together(one: Transfer, other: Transfer) -> Transfer:
    return replace(
        one,
        calls=one.calls + other.calls,
        first_at=min(one.first_at, other.first_at),
        last_at=max(one.last_at, other.last_at),
    )
