"""Write registry/migrations/sql/3_*.sql: the statements that create a registry of the present version.

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

if __name__ == "__main__":
    folder = Path(registry.migrations.__file__).parent / "sql"
    for name in ("postgresql", "sqlite"):
        content = joined(statements(make_url(f"{name}://").get_dialect()()))
        (folder / f"{SCHEMA_VERSION}_{name}.sql").write_text(content, encoding="utf-8")
