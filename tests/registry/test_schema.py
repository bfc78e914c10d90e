"""The revisions lead from nothing to what a new registry has, on both databases."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, select, text

from biometrics.records import SYSTEM
from registry.migration import _upgrade
from registry.migrations import frozen
from registry.schema import drop_tables
from registry.store import Registry
from registry.tables.base import metadata
from registry.tables.core import heads
from registry.tables.galleries import galleries
from registry.versions import SCHEMA_VERSION, alembic_versions
from tests.golden.record_schema import all_statements
from tests.registry.people import enroll

ROOT = Path(__file__).resolve().parents[2]

CATALOG = {
    "sqlite": ("SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name <> 'alembic_version'",),
    "postgresql": (
        "SELECT table_name, column_name, data_type, is_nullable, column_default, generation_expression"
        " FROM information_schema.columns WHERE table_schema = 'public'",
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE connamespace = 'public'::regnamespace",
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
        "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
    ),
}


def catalog(connection: Connection) -> list[set[tuple[object, ...]]]:
    """Return all that a database says about its tables."""
    return [{tuple(row) for row in connection.execute(text(query))} for query in CATALOG[connection.dialect.name]]


@pytest.mark.parametrize("name", ["sqlite", "postgresql"])
def test_the_last_revision_creates_what_a_new_registry_has(name: str) -> None:
    remedy = "the tables changed: add a revision, or before a release run python -m tests.golden.record_schema"
    assert frozen.read(str(SCHEMA_VERSION), name) == all_statements(name), remedy


def test_the_first_revision_created_what_version_1_had() -> None:
    with closing(sqlite3.connect(":memory:")) as recorded, closing(sqlite3.connect(":memory:")) as made:
        recorded.executescript((ROOT / "tests" / "golden" / "registry_v1.sql").read_text())
        for statement in frozen.read("1", "sqlite"):
            made.execute(statement)
        everything = "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name"
        found = [
            [(kind, name, " ".join(sql.replace('"', "").split())) for kind, name, sql in raw.execute(everything)]
            for raw in (recorded, made)
        ]
    assert found[0] == found[1]


def test_all_revisions_lead_from_nothing_to_a_new_registry(registry: Registry) -> None:
    with registry._database.writing() as connection:
        new = catalog(connection)
        begun = connection.execute(select(heads)).all(), connection.execute(select(galleries.c.gallery_id)).all()
        drop_tables(connection)
        alembic_versions.create(connection)
        _upgrade(connection, SCHEMA_VERSION, SYSTEM, registry._samples)
        assert catalog(connection) == new
        kept = connection.execute(select(heads)).all(), connection.execute(select(galleries.c.gallery_id)).all()
        assert sorted(kept[1]) == sorted(begun[1]) and len(kept[0]) == len(begun[0]) == 1
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    enroll(registry, "one")
    assert registry.check() == []
