"""What a writer section does to the tables, watched on its connection: no change without an event that tells of it."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, event

from biometrics.errors import RecordError
from registry.tables.audit import audit_anchors, audit_subtrees
from registry.tables.core import audit_events, encounters, heads, references, samples, subjects
from registry.tables.keys import data_keys, installation_keys, kept_files
from registry.tables.statistics import counters, totals

COUNTED_TABLES = frozenset(table.name for table in (subjects, encounters, samples, references))
"""Tables whose rows are too many to be counted when somebody asks."""

SIMULATED_SUBJECTS = "simulated_subjects"
"""Under which the simulated among the subjects are counted."""

_UNTOLD = frozenset(
    table.name
    for table in (
        audit_events,
        audit_subtrees,
        audit_anchors,
        heads,
        counters,
        totals,
        data_keys,
        installation_keys,
        kept_files,
    )
)
"""Tables that follow from the events themselves, and the keys of what they tell about."""

_CHANGE = re.compile(
    r'(?:^|[()])\s*(INSERT(?:\s+OR\s+\w+)?\s+INTO|REPLACE\s+INTO|UPDATE|DELETE\s+FROM|COPY|TRUNCATE)\s+"?(\w+)', re.I
)
"""A statement that changes a table begins so, behind WITH clauses too; FOR UPDATE and ON CONFLICT DO UPDATE do not."""


class Section:
    """The tables and numbers of rows that a section changed, and whether an event was appended meanwhile.

    What a savepoint takes back counts as not done.
    """

    def __init__(self, connection: Connection) -> None:
        self.rows: Counter[str] = Counter()
        self._changed: set[str] = set()
        self._told = False
        self._saved: list[tuple[Counter[str], set[str], bool]] = []
        event.listen(connection, "after_cursor_execute", self._note)
        event.listen(connection, "savepoint", self._save)
        event.listen(connection, "rollback_savepoint", self._take_back)
        event.listen(connection, "release_savepoint", self._keep)

    def settle(self) -> None:
        """Begin anew, when what was done so far has left an event.

        Raises
        ------
        RecordError
            When tables were changed and the audit trail does not tell of it.
        """
        if self._changed and not self._told:
            raise RecordError(
                "a change left no event in the audit trail; nothing was recorded",
                source=", ".join(sorted(self._changed)),
            )
        self._changed, self._told = set(), False

    def _note(self, _: Connection, cursor: Any, statement: str, __: object, context: Any, ___: bool) -> None:
        for verb, table in changes_of(statement):
            if table == audit_events.name:
                self._told = True
            elif table not in _UNTOLD and cursor.rowcount != 0:
                self._changed.add(table)
            if table in COUNTED_TABLES and verb != "UPDATE":
                self.rows[table] += -cursor.rowcount if verb == "DELETE" else cursor.rowcount
            if (verb, table) == ("INSERT", subjects.name):
                self.rows[SIMULATED_SUBJECTS] += sum(bool(row.get("simulated")) for row in context.compiled_parameters)

    def _save(self, _: Connection, __: str | None) -> None:
        self._saved.append((Counter(self.rows), set(self._changed), self._told))

    def _take_back(self, _: Connection, __: str, ___: None) -> None:
        self.rows, self._changed, self._told = self._saved.pop()

    def _keep(self, _: Connection, __: str, ___: None) -> None:
        self._saved.pop()


@lru_cache(maxsize=1024)
def changes_of(statement: str) -> tuple[tuple[str, str], ...]:
    """Return which tables a statement changes and how: INSERT, UPDATE, DELETE, or another word of SQL."""
    return tuple((verb.split()[0].upper(), table.lower()) for verb, table in _CHANGE.findall(statement))
