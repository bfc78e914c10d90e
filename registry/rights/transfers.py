"""Calls from abroad, as the audit trail tells of them: the scope of such an event ends in the country."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from biometrics.rights.records import Transfer
from registry.tables.core import audit_events

ABROAD = "abroad:"
"""Stands before the country in the scope of whoever calls from abroad."""


def transfers(connection: Connection) -> tuple[Transfer, ...]:
    """Return how many events name each client abroad, by client and country."""
    columns = audit_events.c
    first, last, calls = func.min(columns.at), func.max(columns.at), func.count()
    query = (
        select(columns.client, columns.scope, calls, first, last)
        .where(columns.scope.like(f"%{ABROAD}%"))
        .group_by(columns.client, columns.scope)
    )
    found: dict[tuple[str, str], list[Transfer]] = {}
    for client, scope, count, begin, end in connection.execute(query).all():
        country = scope.rpartition(ABROAD)[2]
        one = Transfer(client=client or "", country=country, calls=count, first_at=begin, last_at=end)
        found.setdefault((one.client, country), []).append(one)
    return tuple(_together(found[key]) for key in sorted(found))


def _together(some: list[Transfer]) -> Transfer:
    return Transfer(
        client=some[0].client,
        country=some[0].country,
        calls=sum(one.calls for one in some),
        first_at=min(one.first_at for one in some),
        last_at=max(one.last_at for one in some),
    )
