"""Homes as older versions of Kura left them, on either database, from golden files."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, LargeBinary, bindparam, text

from registry.keys.default import DEFAULT_KEY_FILE
from registry.migrations import frozen
from registry.schema import drop_tables
from registry.store import Registry
from registry.versions import record_revision

GOLDEN = Path(__file__).resolve().parents[1] / "golden"

BINARY = {"biometric_references": "template", "staged_references": "template", "tasks": "asked answer"} | {
    "kept_answers": "answer"
}
"""Columns of version 4 that hold bytes."""

PERSONAL = (
    b"adult-",
    b"Qr\xc9\x94",
    b"Xh\xc9\x9bq",
    b"Zbl\xc9\x94",
    b"SIM-",
    b"SIMULATED",
    b"ridges compared",
    b"misfiled",
)
"""Labels, names, numbers, receipts, and what people wrote in the golden registries."""


def older_home(home: Path, version: int) -> dict[str, Any]:
    """Make a home as version 3 or 4 left it, and return what its registry holds."""
    golden: dict[str, Any] = json.loads(gzip.decompress((GOLDEN / f"registry_v{version}.json.gz").read_bytes()))
    with Registry.open(home) as registry, registry._database.writing() as connection:
        drop_tables(connection)
        for one in range(3, version + 1):
            for statement in frozen.read(str(one), connection.dialect.name):
                connection.exec_driver_sql(statement)
        record_revision(connection, version)
        _fill(connection, golden["tables"])
    (home / DEFAULT_KEY_FILE).unlink()
    for sample in golden["samples"]:
        keep_plain(home, base64.b64decode(sample))
    return golden


def keep_plain(home: Path, data: bytes) -> None:
    """Put a sample where versions 1 to 4 did."""
    sha256 = hashlib.sha256(data).hexdigest()
    folder = home / "registry" / "samples" / sha256[:2] / sha256[2:4]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / sha256).write_bytes(data)


def _fill(connection: Connection, tables: dict[str, Any]) -> None:
    connection.execute(text("SET CONSTRAINTS ALL DEFERRED" if connection.dialect.name == "postgresql" else "SELECT 1"))
    for name, table in tables.items():  # in an order in which each comes after those that it refers to
        binary = BINARY.get(name, "").split()
        parameters = ", ".join(f":{column}" for column in table["columns"])
        statement = text(f"INSERT INTO {name} ({', '.join(table['columns'])}) VALUES ({parameters})")
        statement = statement.bindparams(*(bindparam(column, type_=LargeBinary()) for column in binary))
        for row in table["rows"]:
            values = dict(zip(table["columns"], row, strict=True))
            decoded = {column: base64.b64decode(values[column]) for column in binary if values[column] is not None}
            connection.execute(statement, values | decoded)
