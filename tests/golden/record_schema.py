"""Write registry/migrations/sql/5_*.sql: every statement of the present version; the revision moves what is recorded.

``python -m tests.golden.record_schema``, as long as no registry of this version is in use; afterwards a change of the
tables needs a revision of its own.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import make_url

import registry.migrations
from registry.migrations.frozen import joined
from registry.schema import statements
from registry.versions import SCHEMA_VERSION


def all_statements(dialect: str) -> list[str]:
    """Return the statements that create the present version, in the order in which they must be done."""
    return statements(make_url(f"{dialect}://").get_dialect()())


if __name__ == "__main__":
    folder = Path(registry.migrations.__file__).parent / "sql"
    for name in ("postgresql", "sqlite"):
        (folder / f"{SCHEMA_VERSION}_{name}.sql").write_text(joined(all_statements(name)), encoding="utf-8")
