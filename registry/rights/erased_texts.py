"""What examiners and officers wrote about a person: replaced by a mark, which the audit trail tells of.

Everything else of a case or a merge stays, for the other person it is about and for the trail.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Column, Connection, Table, select, update

from registry.merging import text_digest
from registry.rights.actions import SUBJECT_ERASED
from registry.sealed import Owned, Sealed
from registry.tables.cases import case_reopenings, case_verdicts, cases
from registry.tables.core import audit_events, changes
from registry.tables.merges import encounter_moves, merges

ERASED_TEXT = "[erased]"
"""Stands where somebody wrote about a person who was erased."""

CASES, MERGES, MOVES = "erased_cases", "erased_merges", "erased_moves"
"""Under which the event of an erasure names what was rewritten."""

Named = tuple[tuple[Column[Any], ...], list[Any]]


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
    for table, key, keys, texts in (
        (cases, cases.c.case_id, about, ("reason",)),
        (case_verdicts, case_verdicts.c.case_id, about, ("reason",)),
        (case_reopenings, case_reopenings.c.case_id, about, ("reason",)),
        (merges, merges.c.merge_id, merged, ("reason", "undone_reason")),
        (encounter_moves, encounter_moves.c.change, moved, ("reason",)),
    ):
        _rewrite(connection, table, (key, keys), texts)
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


def digest_of(text: str, told: object, *, erased: bool) -> object:
    """Return the digest of a text for comparison with what the trail told of it; of an erased one, what it told."""
    return told if erased and text == ERASED_TEXT else text_digest(text)


def _rewrite(
    connection: Connection, table: Table, which: tuple[Column[Any], list[Any]], texts: tuple[str, ...]
) -> None:
    key, keys = which
    primary = list(table.primary_key.columns)
    rows = connection.execute(select(*primary, *(table.c[name] for name in texts)).where(key.in_(keys))).all()
    for row in rows:
        own = [column == getattr(row, column.name) for column in primary]
        values = {
            name: _written(table.c[name], str(getattr(row, key.name)))
            for name in texts
            if getattr(row, name) is not None
        }
        if values:
            connection.execute(update(table).where(*own).values(values))


def _written(column: Column[Any], owner: str) -> str | Owned:
    return Owned(owner, ERASED_TEXT) if isinstance(column.type, Sealed) else ERASED_TEXT
