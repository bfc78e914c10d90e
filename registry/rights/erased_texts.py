"""What examiners and officers wrote about a person: replaced by a mark, which the audit trail tells of.

Everything else of a case or a merge stays, for the other person it is about and for the trail.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Connection, Table, select, update

from registry.keys.sections import keyring_of
from registry.rights.actions import SUBJECT_ERASED
from registry.rows import StoredRow
from registry.said_texts import agrees, text_digest
from registry.sealed import Owned, Sealed
from registry.tables.cases import case_reopenings, case_verdicts, cases
from registry.tables.core import audit_events, changes
from registry.tables.merges import encounter_moves, merges, move_owner

ERASED_TEXT = "[erased]"
"""Stands where somebody wrote about a person who was erased."""

CASES, MERGES, MOVES = "erased_cases", "erased_merges", "erased_moves"
"""Under which the event of an erasure names what was rewritten."""


def erase_texts(connection: Connection, family: list[str], about: list[str]) -> dict[str, list[Any]]:
    """Replace what was written in cases, merges and moves; return what the trail is to tell of it.

    Parameters
    ----------
    connection
        The section.
    family
        The subjects.
    about
        The cases they are in.
    """
    of_family = merges.c.source_id.in_(family) | merges.c.into_id.in_(family)
    merged = sorted(connection.scalars(select(merges.c.merge_id).where(of_family)))
    came = changes.c.subject_id.in_(family) | changes.c.from_subject_id.in_(family)
    moved = sorted(
        connection.scalars(
            select(encounter_moves.c.change).join(changes, changes.c.sequence == encounter_moves.c.change).where(came)
        )
    )
    written: list[tuple[Column[Any], list[Any], tuple[str, ...]]] = [
        (cases.c.case_id, about, ("reason",)),
        (case_verdicts.c.case_id, about, ("reason",)),
        (case_reopenings.c.case_id, about, ("reason",)),
        (merges.c.merge_id, merged, ("reason", "undone_reason")),
        (encounter_moves.c.change, moved, ("reason",)),
    ]
    found = [(key, texts, _rows(connection, key, keys, texts)) for key, keys, texts in written]
    # Wherever a copy of the old texts lies, their key is gone; the marks are sealed under another one.
    owners, keyring = [*about, *merged, *map(move_owner, moved)], keyring_of(connection)
    keyring.shred(connection, owners)
    keyring.make(connection, owners)
    for key, texts, rows in found:
        _rewrite(connection, key, texts, rows)
    return {CASES: about, MERGES: merged, MOVES: moved}


def erased_texts(connection: Connection) -> Mapping[str, frozenset[Any]]:
    """Return the cases, merges and moves whose texts the trail tells to be erased."""
    told: dict[str, set[Any]] = {CASES: set(), MERGES: set(), MOVES: set()}
    query = select(audit_events.c.details).where(audit_events.c.action == SUBJECT_ERASED)
    for details in connection.scalars(query):
        if isinstance(details, Mapping):
            for name, known in told.items():
                known.update(details.get(name) or ())
    return {name: frozenset(known) for name, known in told.items()}


def digest_of(connection: Connection, text: str, told: object, *, erased: bool) -> object:
    """Return the digest of a text for comparison with what the trail told of it; of an erased one, what it told."""
    same = (erased and text == ERASED_TEXT) or agrees(connection, text, told)
    return told if same else text_digest(connection, text)


def _rows(connection: Connection, key: Column[Any], keys: list[Any], texts: tuple[str, ...]) -> Sequence[StoredRow]:
    table = key.table
    columns = *table.primary_key.columns, *(table.c[name].is_not(None).label(name) for name in texts)
    return connection.execute(select(*columns).where(key.in_(keys))).all()


def _rewrite(connection: Connection, key: Column[Any], texts: tuple[str, ...], rows: Sequence[StoredRow]) -> None:
    table = key.table
    primary = list(table.primary_key.columns)
    for row in rows:
        own = [column == getattr(row, column.name) for column in primary]
        values = {
            name: _written(table.c[name], _owner(table, getattr(row, key.name))) for name in texts if getattr(row, name)
        }
        if values:
            connection.execute(update(table).where(*own).values(values))


def _owner(table: Table, key: Any) -> str:
    return move_owner(key) if table is encounter_moves else str(key)


def _written(column: Column[Any], owner: str) -> str | Owned:
    return Owned(owner, ERASED_TEXT) if isinstance(column.type, Sealed) else ERASED_TEXT
