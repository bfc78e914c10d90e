"""Write registry/migrations/sql/4_*.sql: the statements that bring a registry of version 3 to the present version.

``python -m tests.golden.record_schema``, as long as no registry of this version is in use; afterwards a change of the
tables needs a revision of its own.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import make_url

import registry.migrations
from registry.migrations.frozen import joined, read
from registry.schema import statements
from registry.versions import SCHEMA_VERSION

BEFORE = "3"
"""The version whose tables these statements add to; what it has must stay as it is."""


def added(dialect: str) -> list[str]:
    """Return the statements that version 3 does not have, in the order in which they must be done."""
    present, before = statements(make_url(f"{dialect}://").get_dialect()()), read(BEFORE, dialect)
    if set(before) - set(present):
        raise SystemExit("a table of version 3 changed: that takes a revision of its own")
    return [statement for statement in present if statement not in before]


if __name__ == "__main__":
    folder = Path(registry.migrations.__file__).parent / "sql"
    for name in ("postgresql", "sqlite"):
        (folder / f"{SCHEMA_VERSION}_{name}.sql").write_text(joined(added(name)), encoding="utf-8")
